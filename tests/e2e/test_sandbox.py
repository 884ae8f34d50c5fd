"""What an image brings that would leave the sandbox, or never end in it."""

import os
import pathlib
import shutil
import subprocess
import struct
import unittest

import support
from support import needs_root, run, selns
from test_sources import Sources, add_files, add_policy, pack

HERE = pathlib.Path(__file__).resolve().parent


def make_newer(root, version=34):
    """Gives the policy of ROOT a version that Debian 12's libsepol cannot write."""
    (old,) = (root / "etc/selinux/default/policy").iterdir()
    policy = bytearray(old.read_bytes())
    length = struct.unpack_from("<I", policy, 4)[0]
    struct.pack_into("<I", policy, 8 + length, version)
    old.unlink()
    (old.parent / f"policy.{version}").write_bytes(policy)


class Tools(Sources):
    """An image whose policy is newer than this host's libsepol, with tools that attack."""

    def setUp(self):
        super().setUp()
        add_policy(self.root, store=True)
        add_files(self.root)
        make_newer(self.root)
        tool = self.root / "usr/sbin/semodule"
        run("cc", "-static", "-O1", "-o", tool, HERE / "hostile_tool.c", check=True)
        for path in ("usr/lib64/ld-linux-x86-64.so.2", "usr/lib64/ld-linux-aarch64.so.1"):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(tool, self.root / path)
        pack(self.root, self.dir / "root.tar")
        self.source = "{ archive: { file: root.tar } }"
        self.booleans = "selinux: { mode: permissive, booleans: { ssh_sysadm_login: true }, %s }\n"

    def test_nothing_of_an_image_runs_without_the_recipes_word(self):
        failed = self.make(self.source, self.booleans % "label: warn", status=1)
        self.assertIn("the image's own semodule, loader and libraries would have to run", failed.stderr)
        self.assertIn("tools: image", failed.stderr)
        self.assertNotIn("TRIED", failed.stderr)
        log = self.write("a.log", "")
        failed = selns("denials", "explain", log, "--policy", self.dir / "root.tar", cache=self.cache)
        self.assertNotIn("TRIED", failed.stdout + failed.stderr)

    def assertTriedInVain(self, said):
        self.assertIn("TRIED uid", said)
        self.assertNotIn("REACHED", said)

    def test_with_it_they_reach_nothing(self):
        failed = self.make(self.source, self.booleans % "tools: image", status=1)
        self.assertTriedInVain(failed.stderr)
        if os.geteuid() == 0:
            self.assertIn("TRIED uid 0", failed.stderr)  # of a namespace where that is nobody

    @needs_root
    def test_nor_do_they_as_an_ordinary_user(self):
        recipe = self.recipe(self.source, self.booleans % "tools: image")
        os.chmod(self.dir, 0o777)
        result = subprocess.run(
            ["setpriv", "--reuid=12345", "--regid=12345", "--clear-groups", support.PROGRAM, recipe, "-o",
             self.dir / "user-out"],
            env={"PATH": os.environ["PATH"], "HOME": str(self.dir), "XDG_CACHE_HOME": str(self.dir / "user"),
                 **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}},
            text=True, capture_output=True, check=False)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertTriedInVain(result.stderr)


class Stores(Sources):
    """CIL in an image's own store that becomes far more than it is."""

    def test_a_macro_bomb_ends_within_bounds(self):
        add_policy(self.root, store=True)
        add_files(self.root)
        bomb = self.root / "var/lib/selinux/default/active/modules/100/bomb"
        bomb.mkdir()
        levels = "\n".join(f"(macro m{i} ((type t)) (call m{i + 1} (t)) (call m{i + 1} (t)))" for i in range(40))
        (bomb / "cil").write_text(levels + "\n(macro m40 ((type t)) (allow t t (file (read))))\n(call m0 (init_t))\n")
        (bomb / "lang_ext").write_text("cil")
        pack(self.root, self.dir / "root.tar")
        self.write("more.cil", "(type more_t)\n")
        failed = self.make("{ archive: { file: root.tar } }", "selinux: { modules: [more.cil] }\n", status=3)
        self.assertRegex(failed.stderr, r"of (memory|processor time) that may be used")
        self.assertFalse((self.dir / "out/image.tar").exists())


if __name__ == "__main__":
    unittest.main()
