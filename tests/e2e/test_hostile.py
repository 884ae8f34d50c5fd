"""What others wrote, or what is damaged: caches, documents, callers. Nothing of theirs is removed,
written to or believed, and every failure is one clear error."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

import support
from support import PROGRAM, selns
from test_sources import Sources, add_files, add_policy, add_programs, pack, PROGRAMS


class Caches(support.TestCase):
    def refuse(self, name, *arguments):
        cache = self.dir / name
        self.assertFails(selns("cache", *arguments, cache=cache), 1, "XDG_CACHE_HOME")

    def test_what_is_no_cache_of_this_program_is_left_alone(self):
        victim = self.write("victim/docs/a", "precious")
        (self.dir / "c1/selns-build").mkdir(parents=True)
        (self.dir / "c1/selns-build/foo").symlink_to(victim.parents[1])
        self.refuse("c1", "clean")
        for name in ("locks", "staging", "run", "outputs"):
            selns("cache", "list", cache=self.dir / name, check=True)
            shutil.rmtree(self.dir / name / "selns-build" / name)
            (self.dir / name / "selns-build" / name).symlink_to(victim.parents[1])
            said = selns("cache", "list", cache=self.dir / name)
            self.assertFails(said, 1, "cannot make the directory")
        code = self.write("c5/selns-build/lib/selns/a.cpp", "code")
        self.refuse("c5", "clean")
        self.assertTrue(victim.exists() and code.exists())

    def test_a_register_removes_nothing_that_is_no_run_s(self):
        cache = self.dir / "cache"
        code = self.write("selns-build-checkout/src/m.c", "code")
        selns("cache", "list", cache=cache, check=True)
        for content in (str(code.parents[1]), f"{self.dir}\n", f"{self.dir}\n8:1 7 0.0\n"):
            self.write("cache/selns-build/run/checkout", content)
            selns("cache", "list", cache=cache, check=True)
            self.assertTrue(code.exists())


class Callers(Sources):
    """A small image, built by callers with strange habits."""

    def setUp(self):
        super().setUp()
        add_policy(self.root)
        add_files(self.root)

    def test_a_swapped_byte_in_the_cache_is_found(self):
        pack(self.root, self.dir / "root.tar")
        self.make("{ archive: { file: root.tar } }")
        before = support.manifest(self.dir / "out")["artifacts"]
        (archive,) = (self.cache / "selns-build/bootstrap").glob("*/archive.tar")
        status = archive.stat()
        with archive.open("r+b") as file:
            file.seek(status.st_size // 2)
            byte = file.read(1)
            file.seek(-1, os.SEEK_CUR)
            file.write(bytes([byte[0] ^ 1]))
        os.utime(archive, ns=(status.st_atime_ns, status.st_mtime_ns))
        shutil.rmtree(self.dir / "out")
        said = self.make("{ archive: { file: root.tar } }")
        self.assertRegex(said.stderr, r"bootstrap/\w+ is not what was put there")
        self.assertEqual(support.manifest(self.dir / "out")["artifacts"], before)

    def test_umask_counts_for_outputs_and_not_for_content(self):
        hashes = set()
        for mask in (0o022, 0o077):
            out = self.dir / f"out{mask:o}"
            pack(self.root, self.dir / "root.tar")
            recipe = self.recipe("{ archive: { file: root.tar } }", "images: [tar, ext4]\n")
            said = subprocess.run(["sh", "-c", f"umask {mask:o}; exec \"$@\"", "sh", PROGRAM, "build", recipe,
                                   "-o", out], env=support.environment(self.dir / f"cache{mask:o}"),
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True)
            self.assertEqual(said.returncode, 0, said.stderr)
            hashes.add(tuple(file["sha256"] for file in support.manifest(out)["artifacts"]
                             if file["kind"] in ("tar", "ext4")))
            self.assertEqual(out.stat().st_mode & 0o777, 0o777 & ~mask)
            for path in out.iterdir():
                self.assertEqual(path.stat().st_mode & 0o777, 0o666 & ~mask, path)
            for path in (self.dir / f"cache{mask:o}/selns-build").rglob("*"):
                self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        self.assertEqual(len(hashes), 1)

    def test_a_damaged_state_builds_again(self):
        pack(self.root, self.dir / "root.tar")
        self.make("{ archive: { file: root.tar } }")
        (state,) = (self.cache / "selns-build/outputs").iterdir()
        good = json.loads(state.read_text())
        for bad in ("{", "[]", json.dumps(good | {"artifacts": []}), json.dumps(good | {"artifacts": {"a": 1}}),
                    json.dumps(good | {"fingerprint": 7}), json.dumps(good | {"module_changed": "x"})):
            state.write_text(bad)
            for path in (self.dir / "out").iterdir():
                path.unlink()
            self.build(self.dir / "image.yaml", "-o", self.dir / "out", cache=self.cache)
            self.assertTrue((self.dir / "out/image.tar").exists())

    def test_a_tar_needs_no_e2fsprogs_and_a_failed_tool_fails(self):
        pack(self.root, self.dir / "root.tar")
        tools = self.dir / "tools"
        tools.mkdir()
        for name in ("mke2fs", "mkfs.ext4"):
            self.write(f"tools/{name}", "#!/bin/sh\nexit 1\n", mode=0o755)
        recipe = self.recipe("{ archive: { file: root.tar } }")
        env = support.environment(self.cache, PATH=f"{tools}:{os.environ['PATH']}")
        self.build(recipe, "-o", self.dir / "out", env=env)
        self.assertNotIn("image", support.manifest(self.dir / "out")["tools"])
        recipe = self.recipe("{ archive: { file: root.tar } }", "images: [ext4]\n")
        said = subprocess.run(["sh", "-c", "trap '' CHLD; exec \"$@\"", "sh", PROGRAM, "build", recipe,
                               "-o", self.dir / "ext4"], env=env, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        self.assertFails(said, 4, "mke2fs")

    def test_temporary_files_are_for_the_user_alone(self):
        add_programs(self.root, PROGRAMS + ("sleep",))
        (self.root / "etc/shadow").write_text("root:secret:1::::::\n")
        (self.root / "etc/shadow").chmod(0o600)
        pack(self.root, self.dir / "root.tar")
        temporary = self.dir / "temporary"
        temporary.mkdir()
        temporary.chmod(0o1777)
        recipe = self.recipe("{ archive: { file: root.tar } }", "commands: ['sleep 100 & wait']\n")
        child = subprocess.Popen([PROGRAM, "build", recipe, "-o", self.dir / "out", "--progress", "json"],
                                 env=support.environment(self.cache, TMPDIR=str(temporary)),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                 text=True)
        try:
            deadline = time.monotonic() + 120
            while not list(temporary.glob("*/root.tar")) and time.monotonic() < deadline:
                time.sleep(0.05)
            (run,) = temporary.iterdir()
            self.assertEqual(run.stat().st_mode & 0o777, 0o711)
            for path in (run / "root.tar", run / "commands/0001", run / "hooks/customize", run / "apt.conf"):
                if path.exists():
                    self.assertEqual(path.stat().st_mode & 0o077, 0, path)
            self.assertTrue((run / "root.tar").exists())
        finally:
            child.send_signal(signal.SIGTERM)
            child.stderr.read()
            child.stderr.close()
            self.assertEqual(child.wait(timeout=60), 130)
        self.assertEqual(list(temporary.iterdir()), [])


class Documents(support.TestCase):
    LAUNCH = {"schema": 1, "name": "web", "hostname": "web", "kernel": {"name": "debian"},
              "images": [{"file": "web.ext4", "format": "ext4", "size": 1, "sha256": ""}],
              "policy": {"type": "default", "mode": "enforcing", "version": 33},
              "policy_loader": {"namespace": "launcher", "vm": "image-systemd"},
              "vm": {"memory": 1 << 30, "cpus": 1}}

    def test_a_damaged_manifest_is_told_with_its_place(self):
        for text, pattern in (
                ('{"schema": {"a": 1}, "packages": []}', r"bad\.manifest\.json: schema: expected a whole number"),
                ('{"schema": 2, "packages": []}', r"bad\.manifest\.json: it is of a newer selns-build"),
                ('{"schema": 1, "packages": 7}', r"bad\.manifest\.json: packages: expected a list"),
                ("{", r"bad\.manifest\.json: no JSON: damaged at byte"), ("[1]", "expected an object"),
                ("[" * 100_000, "more than 32 lists"), ("", "damaged at byte")):
            self.write("out/bad.manifest.json", text)
            for what in (self.dir / "out", self.dir / "out/bad.manifest.json"):
                for arguments in ([], ["--json"]):
                    self.assertFails(selns("show", what, *arguments), 3, pattern)

    def test_a_launch_file_names_nothing_elsewhere(self):
        self.write("victim.ext4", "precious")
        self.write("out/other", "")
        for change, pattern in (
                ({"images": [self.LAUNCH["images"][0] | {"file": "../victim.ext4"}]}, r"images\[0\]\.file: expected"),
                ({"images": [self.LAUNCH["images"][0] | {"file": str(self.dir / "victim.ext4")}]},
                 r"images\[0\]\.file: expected"),
                ({"name": "../../x"}, "name: expected the name of a file"),
                ({"kernel": {"name": "k", "bundle": "../k"}}, r"kernel\.bundle: expected"),
                ({"vm": {"memory": -1, "cpus": 1}}, r"vm\.memory: expected"), ({"images": 7}, "images: expected"),
                ({}, r"web\.ext4: a symbolic link")):
            self.write("out/web.launch.json", json.dumps(self.LAUNCH | change))
            (self.dir / "out/web.ext4").unlink(missing_ok=True)
            (self.dir / "out/web.ext4").symlink_to(self.dir / "victim.ext4")
            self.assertFails(selns("boot", self.dir / "out", "--persist"), 3, pattern)
        self.assertEqual((self.dir / "victim.ext4").read_text(), "precious")

    def test_a_directory_in_the_place_of_a_file_is_told(self):
        (self.dir / "d").mkdir()
        recipe = "name: web\nfrom: { debian: { release: bookworm } }\npackages: [hello]\n"
        (self.dir / "d.manifest.json").mkdir()
        for text in ("include: [.]\n", "include: [d]\n", "include: ['']\n", "selinux: { modules: [d] }\n",
                     "selinux: { file_contexts: [d] }\n", "selinux: { denials: { logs: [d] } }\n",
                     f"include: [{'x' * 300}]\n", f"include: [{'x/' * 3000}y]\n"):
            self.write("web.yaml", recipe + text)
            said = selns("build", self.dir / "web.yaml", "-o", self.dir / "out")
            self.assertFails(said, 3, r"web\.yaml:\d+")
            self.assertNotIn("filesystem error", said.stderr)
        for arguments in (["build", "d"], ["check", "d"], ["plan", "d"], ["show", "d"], ["show", "d.manifest.json"],
                          ["boot", "d"], ["converge", "d"], ["kernel", "build", "d"], ["kernel", "check", "d"],
                          ["label", "verify", "d"], ["denials", "explain", "d"],
                          ["denials", "merge", "d"], ["denials", "prune", "d"], ["denials", "import", "d"]):
            said = selns(*arguments, cwd=self.dir)
            self.assertIn(said.returncode, (1, 2, 3), (arguments, said.stderr))
            self.assertNotIn("filesystem error", said.stderr, arguments)
            self.assertNotIn("json.exception", said.stderr, arguments)


if __name__ == "__main__":
    unittest.main()
