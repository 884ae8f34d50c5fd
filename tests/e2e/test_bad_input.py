"""Wrong input gets one clear error with its place, the right exit status, and loses nothing."""

import json
import os
import pathlib
import subprocess
import textwrap
import unittest

import support
from support import SOURCE, run, selns

MINIMAL = "name: web\nfrom:\n  debian: { release: bookworm }\npackages: [systemd-sysv, udev, dbus, iproute2]\n"


class Recipes(support.TestCase):
    def check(self, content, *patterns, status=3, name="web.yaml"):
        recipe = self.write(name, content)
        for command in ("check", "build"):
            arguments = [command, recipe] + (["-o", self.dir / "out"] if command == "build" else [])
            self.assertFails(selns(*arguments), status, *patterns)
        self.assertFalse((self.dir / "out").exists(), "nothing is made of an invalid recipe")

    def test_empty(self):
        self.check("", r"web\.yaml", r"empty")

    def test_binary(self):
        self.check(bytes(range(256)) * 10, r"web\.yaml")

    def test_missing(self):
        self.assertFails(selns("build", self.dir / "nowhere.yaml"), 3, r"nowhere\.yaml")

    def test_all_mistakes_at_once(self):
        self.check(MINIMAL + "selinux:\n  mode: enforce\n  booleen: {}\nimages: [tar, tar]\nname: again\n",
                   r"web\.yaml:6:9: selinux\.mode: expected permissive or enforcing, got \"enforce\"",
                   r"web\.yaml:7:3: .*booleans", r"web\.yaml:9:1: .*name")

    def test_an_included_file_that_is_missing(self):
        self.check(MINIMAL + "include: [base.yaml]\n", r"web\.yaml:5:11: include\[0\]: no such file")

    def test_missing_module_file(self):
        self.check(MINIMAL + "selinux: { modules: [policy/app.cil] }\n", r"web\.yaml:5:22: .*app\.cil")

    def test_usage(self):
        recipe = self.write("web.yaml", MINIMAL)
        self.assertFails(selns("build", recipe, "--no-such-option"), 2)
        self.assertFails(selns("biuld", recipe), 2, "build")
        self.assertFails(selns("build", recipe, "--locked", "--update"), 2)

    def test_a_missing_log(self):
        recipe = self.write("web.yaml", MINIMAL + "selinux: { denials: { logs: [gone.log] } }\n")
        self.assertFails(selns("build", recipe, "-o", self.dir / "out"), 3, r"web\.yaml:5:\d+", "gone.log")


class Checked(support.TestCase):
    """`check` finds what it can without a root file system, with the line that has to be mended."""

    CASES = {
        "a tab": ("selinux:\n\tmode: permissive\n", r":6:\d+: .*a tab"),
        "a deeper key": ("selinux:\n  mode: permissive\n   policy: default\n", r":7:\d+: .*indented more"),
        "a list's item": ("commands:\n  - a\n - b\n", r":7:2: .*not indented like"),
        "no blank": ("launch:\n  kernel:debian\n  mode: vm\n", r"space after the colon"),
        "an at sign": ("commands: [@core]\n", r":5:12: .*begins with @ needs quotes"),
        "an open list": ("commands: [a, b\n", r"no closing \]"),
        "a parenthesis": ('selinux:\n  file_contexts: ["/a/(b  system_u:object_r:etc_t:s0"]\n',
                          r":6:19: selinux\.file_contexts\[0\]: .*parenthesis"),
        "a bracket": ('selinux:\n  file_contexts:\n    - "/a  system_u:object_r:etc_t:s0"\n'
                      '    - "/a/[b  system_u:object_r:etc_t:s0"\n',
                      r":8:7: selinux\.file_contexts\[1\]: "),
        "no slash": ('selinux:\n  file_contexts: ["srv/www  system_u:object_r:etc_t:s0"]\n', r":6:19: .*begins with /"),
        "a template": ('selinux:\n  file_contexts: ["HOME_DIR/x  system_u:object_r:etc_t:s0"]\n', r":6:19: .*templates"),
        "a file's range": ('selinux:\n  file_contexts: ["/a  system_u:object_r:etc_t:s0:c0:"]\n', r":6:19: .*range"),
        "a policy": ("selinux: { policy: targeted }\n", r":5:20: selinux\.policy: Debian has no policy targeted.*default, mls"),
        "a kernel": ("launch: { kernel: debain }\n", r":5:19: launch\.kernel: .*did you mean debian"),
        "a file's role": ('boot: { run: [{ command: "true", context: "system_u:object_r:etc_t:s0" }] }\n', r":5:\d+: .*role of files"),
        "a half range": ('boot: { run: [{ command: "true", context: "system_u:system_r:init_t:s0-" }] }\n', r":5:\d+: .*range"),
        "no pattern": ('selinux: { denials: { tolerate: ["a_t b_t file read"] } }\n', r":5:34: .*expected access"),
        "no date": ('selinux: { denials: { select: { since: "2026-02-31" } } }\n', r":5:40: not a point in time"),
        "no time between": ('selinux: { denials: { select: { since: "2026-03-01", until: "2026-02-01" } } }\n',
                            r":5:61: .*since is after until"),
        "a log": ("selinux: { denials: { logs: [gone.log] } }\n", r":5:30: .*gone\.log"),
        "a log in a list": ("selinux: { denials: { logs: [a.log, gone.log] } }\n", r":5:37: .*gone\.log"),
        "CIL": ("selinux: { modules: [open.cil] }\n", r"open\.cil:2: .*never closed"),
        "a word of CIL": ("selinux: { modules: [word.cil] }\n", r"word\.cil:3: CIL has no statement alow"),
        "a package": ("selinux: { modules: [no.pp] }\n", r":5:22: .*no\.pp: not a policy module package"),
        "the local module": ("selinux: { denials: { module: open.cil } }\n", r"open\.cil:2: .*never closed"),
        "the local .te": ("selinux: { denials: { module: no.te } }\n", r"no\.te:2: .*\";\""),
        "a module's name": ("selinux: { denials: { module: 9x.cil } }\n", r":5:31: .*module's"),
        "a directory": ("include: [folder]\n", r":5:11: include\[0\]: .*directory"),
        "this directory": ("include: [.]\n", r":5:11: include\[0\]: .*directory"),
    }

    def test_each(self):
        self.write("a.log", "")
        self.write("open.cil", "; a comment\n(allow a b (file (read))\n")
        self.write("word.cil", "(optional o\n  (type x_t)\n  (alow x_t self (file (read))))\n")
        self.write("no.pp", "not a package")
        self.write("no.te", "module no 1.0;\nallow foo_t bar_t:file read\n")
        (self.dir / "folder").mkdir()
        for name, (lines, wanted) in self.CASES.items():
            with self.subTest(name):
                recipe = self.write("web.yaml", MINIMAL + lines)
                said = selns("check", recipe, cache=self.dir / "cache")
                self.assertFails(said, 3, wanted)
                self.assertNotIn("basic_string", said.stderr)
        self.assertFalse((self.dir / "cache/selns-build/base").exists())

    def test_all_findings_at_once(self):
        self.write("open.cil", "(allow a b (file (read))\n")
        recipe = self.write("web.yaml", MINIMAL + "launch: { kernel: debia }\nselinux:\n"
                            "  modules: [open.cil]\n  denials: { logs: [gone.log] }\n")
        self.assertFails(selns("check", recipe, cache=self.dir / "cache"), 3,
                         r":5:19: launch\.kernel: there is no kernel debia.*did you mean debian",
                         r"open\.cil:1: .*never closed", r":8:21: .*gone\.log")

    def test_releases(self):
        for distribution, release, wanted in (
                ("debian", "bookwrom", "did you mean bookworm"), ("debian", "noble", "release of Ubuntu"),
                ("ubuntu", "trixie", "release of Debian"), ("ubuntu", "nobel", "did you mean noble")):
            with self.subTest(release):
                recipe = self.write("web.yaml", f"name: web\nfrom: {{ {distribution}: {{ release: {release} }} }}\n")
                self.assertFails(selns("check", recipe), 3, rf":2:\d+: from\.{distribution}\.release: .*{wanted}")
                recipe = self.write("web.yaml", f"name: web\nfrom: {{ {distribution}: {{ release: {release}, "
                                                "mirror: \"http://packages.example/\" } }\n")
                self.assertEqual(selns("check", recipe).returncode, 0)

    def test_what_is_right_passes(self):
        self.write("a.log", "")
        self.write("ok.cil", "(block b (optional o (macro m ((type t)) (allow t self (file (read))))))\n"
                             "(in after b (type x))\n(booleanif x (true (allow a b (c (d)))))\n")
        recipe = self.write("web.yaml", MINIMAL + """
selinux:
  modules: [ok.cil]
  file_contexts:
    - "(/usr)?/srv/www(/.*)?  -d  system_u:object_r:etc_t:s0-s15:c0.c1023,c3"
    - "/run/x  <<none>>"
  denials:
    logs: ["*.log", "none*.log"]
    tolerate: ["allow a_t self:{ file dir } *;", "* b_t:process execmem"]
boot: { run: [{ command: "true", context: "unconfined_u:unconfined_r:unconfined_t:s0-s0:c0.c1023" }] }
""")
        said = selns("check", recipe)
        self.assertEqual(said.returncode, 0, said.stderr)


class OddFiles(support.TestCase):
    """What is no file, or a file of holes, is never waited for, nor read without end."""

    def setUp(self):
        super().setUp()
        self.policy = self.write("policy.33", b"\x8c\xff\x7c\xf9")
        self.log = self.write("log", "")
        # A module is known by its name.
        (self.dir / "zero.cil").symlink_to("/dev/zero")
        (self.dir / "directory.cil").mkdir()
        os.mkfifo(self.dir / "pipe.cil")
        with open(self.write("holes.cil", ""), "r+b") as holes:
            holes.truncate(1 << 42)
        self.module = self.dir / "local.cil"

    def commands(self, odd, directory):
        if not directory:  # which these take
            for command in ("label list", "label verify", "label explain"):
                yield *command.split(), odd, *(["/etc"] if command == "label explain" else [])
            yield "denials", "explain", self.log, "--policy", odd
            yield "kernel", "check", odd
            yield "kernel", "build", odd, "-o", self.dir / "kernel"
            yield "show", odd
        yield "check", odd
        yield "build", odd, "-o", self.dir / "out"
        yield "plan", odd
        if odd.name != "holes.cil":  # a check does not read it
            yield "check", self.write("module.yaml", MINIMAL + f"selinux: {{ modules: [{odd}] }}\n")
        yield "check", self.write("include.yaml", MINIMAL + f"include: [{odd}]\n")
        yield "denials", "import", odd, "--module", self.module
        yield "denials", "prune", "--module", odd, "--policy", self.policy

    def test_each(self):
        for name in ("zero", "pipe", "holes", "directory"):
            for command in self.commands(self.dir / f"{name}.cil", name == "directory"):
                with self.subTest(command=command):
                    result = selns(*command, timeout=60)
                    self.assertEqual(result.returncode, 3, result.stderr)
                    self.assertNotIn("filesystem error", result.stderr)
                    said = [line for line in result.stderr.splitlines() if not line.startswith("label: ")]
                    self.assertEqual(len(said), 1, result.stderr)

    def test_a_log_may_be_a_pipe_but_not_without_end(self):
        explain = ("denials", "explain", "--policy", self.policy)
        self.assertFails(selns(*explain, "/dev/zero", timeout=60), 3, "/dev/zero")
        self.assertFails(selns(*explain, self.dir, timeout=60), 3, "a directory")


class Shipped(support.TestCase):
    def test_examples_are_valid(self): # recipes/: see test_sources.py
        recipes = sorted(SOURCE.glob("examples/*.yaml"))
        self.assertGreater(len(recipes), 1)
        for recipe in recipes:
            self.assertEqual(selns("check", recipe).returncode, 0, recipe)
            self.assertEqual(selns("plan", recipe).returncode, 0, recipe)

    def test_the_schema_is_json(self):
        said = selns("schema")
        self.assertEqual(said.returncode, 0)
        self.assertIn("selinux", json.loads(said.stdout)["properties"])


class Bootstraps(support.TestCase):
    def test_a_package_that_does_not_exist(self):
        recipe = self.write("web.yaml", MINIMAL.replace("udev", "no-such-package-at-all"))
        result = selns("build", recipe, "-o", self.dir / "out", cache=self.dir / "cache")
        self.assertFails(result, 4, "Unable to locate package no-such-package-at-all")
        self.assertLess(len(result.stderr.splitlines()), 30, result.stderr)
        self.assertEqual(list((self.dir / "out").iterdir()), [])

    def test_a_mirror_that_does_not_answer(self):
        recipe = self.write("web.yaml", MINIMAL.replace(
            "release: bookworm", "release: bookworm, mirror: \"http://127.0.0.1:9/debian\""))
        self.assertFails(selns("build", recipe, "-o", self.dir / "out", cache=self.dir / "cache"), 4,
                         r"127\.0\.0\.1")

    def test_a_missing_tool_names_its_package(self):
        tools = self.dir / "bin"
        tools.mkdir()
        for tool in ("sh", "dpkg", "apt-get", "apt-config", "dpkg-query", "uname", "unshare"):
            found = run("sh", "-c", f"command -v {tool}").stdout.strip()
            if found:
                (tools / tool).symlink_to(found)
        recipe = self.write("web.yaml", MINIMAL)
        env = support.environment(self.dir / "cache", PATH=str(tools))
        self.assertFails(selns("build", recipe, "-o", self.dir / "out", env=env), 4,
                         "mmdebstrap is not installed", "apt-get install mmdebstrap")


class Policies(support.TestCase):
    """These need a bootstrapped root; it comes from the cache when another test made it."""

    def recipe(self, selinux):
        text = (SOURCE / "examples/quickstart.yaml").read_text()
        text = text[:text.index("selinux:")] + "selinux:\n" + textwrap.indent(textwrap.dedent(selinux), "  ")
        return self.write("web.yaml", text.replace("name: quickstart", "name: web"))

    def check(self, selinux, status, *patterns):
        recipe = self.recipe(selinux)
        self.assertFails(selns("build", recipe, "-o", self.dir / "out"), status, *patterns)
        self.assertEqual(list((self.dir / "out").iterdir()), [])

    def test_a_module_with_a_syntax_error(self):
        self.write("app.cil", "(allow init_t\n")
        self.check("modules: [app.cil]\n", 3, r"app\.cil:1")

    def test_a_module_that_names_an_undefined_type(self):
        self.write("app.cil", "; one\n(allow init_t syslogd_z (file (read)))\n")
        self.check("modules: [app.cil]\n", 3, r"app\.cil:2: .*syslogd_z", "did you mean syslogd_t")

    def test_an_unknown_boolean(self):
        self.check("booleans: { httpd_enable_cgy: true }\n", 3, r"web\.yaml:\d+:\d+: ",
                   "httpd_enable_cgi")

    def test_a_file_context_for_a_type_that_does_not_exist(self):
        self.check("file_contexts: [\"/srv(/.*)? system_u:object_r:nosuch_t:s0\"]\n", 3,
                   r"web\.yaml:\d+:\d+: ", "nosuch_t")

    def test_a_damaged_local_module(self):
        self.write("local.cil", "(allow a_t b_t (file (read))\n")
        self.check("denials: { module: local.cil }\n", 3, r"local\.cil:1")
        self.assertEqual((self.dir / "local.cil").read_text(), "(allow a_t b_t (file (read))\n")

    def test_an_image_size_that_is_too_small(self):
        recipe = self.recipe("mode: permissive\n")
        recipe.write_text(recipe.read_text() + "images: [ext4: { size: 20M }]\n")
        self.assertFails(selns("build", recipe, "-o", self.dir / "out"), 3, r"web\.yaml:\d+:\d+", "at least|needs")
        self.assertEqual(list((self.dir / "out").iterdir()), [])

    @support.needs_root
    def test_a_full_disk(self):
        out = self.dir / "small"
        out.mkdir()
        recipe = self.recipe("mode: permissive\n")
        # In a chroot nothing can be made private: what is mounted is unmounted again.
        script = ('mount --make-rprivate / 2>/dev/null; mount -t tmpfs -o size=64m none "$1" && '
                  '"$2" build "$3" -o "$1"; s=$?; ls -A "$1"; umount "$1"; exit $s')
        result = run("unshare", "--mount", "--propagation", "unchanged", "sh", "-c", script,
                     "sh", out, support.PROGRAM, recipe, env=support.environment())
        self.assertFails(result, 1, "too little space", "free some space")
        self.assertNotRegex(result.stdout, r"\.tar|\.ext4|selns-tmp")


class Images(support.TestCase):
    def test_show_of_what_is_no_image(self):
        self.assertFails(selns("show", self.write("a.tar", b"\0" * 4096)), 3)
        self.assertFails(selns("show", self.write("b.ext4", os.urandom(100000))), 3)
        self.assertFails(selns("show", self.dir), 3, "manifest")
        self.assertFails(selns("show", self.dir / "nowhere"), 3)

    def test_hostile_archives(self):
        import io
        import tarfile

        def tar(*members):
            data = io.BytesIO()
            with tarfile.open(fileobj=data, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for name, kind, link in members:
                    info = tarfile.TarInfo(name)
                    info.type = kind
                    info.linkname = link
                    archive.addfile(info)
            return data.getvalue()

        file, link, hard, folder = (tarfile.REGTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE)
        for what, members in {
            "dot-dot": [("../../etc/passwd", file, "")],
            "absolute": [("/etc/passwd", file, "")],
            "through a symlink": [("a", link, "/etc"), ("a/passwd", file, "")],
            "hard link to nowhere": [("a", hard, "b")],
            "below a file": [("a", file, ""), ("a/b", file, "")],
        }.items():
            with self.subTest(what):
                result = selns("show", self.write("evil.tar", tar(*members)))
                self.assertFails(result, 3, r"evil\.tar")
        # A loop is no attack by itself; it must only not hang.
        looped = self.write("loop.tar", tar(("etc", folder, ""), ("etc/selinux", link, "selinux")))
        self.assertFails(selns("show", looped, timeout=60), 3)


if __name__ == "__main__":
    unittest.main()
