"""Rules that are added to a policy without compiling it: the policy is the one that a compilation gives, for
sesearch, and after a compilation by semodule of what the image's store has."""

import bz2
import os
import pathlib
import re
import shutil
import unittest
from random import Random

import support
from support import needs_root, run, selns

RECIPE = """\
name: web
from: {{ debian: {{ release: bookworm }} }}
packages: [systemd-sysv, udev, dbus, iproute2]
selinux:
  mode: permissive
  modules: [{modules}]
  denials: {{ module: local.cil }}
images: [tar]
"""
RULES = """\
(allow getty_t var_log_t (file (getattr open read)))
(allow getty_t self (capability2 (checkpoint_restore)))
(auditallow getty_t etc_t (dir (search)))
(dontaudit getty_t user_home_t (dir (getattr search)))
(allow init_t etc_t (file (read)))
"""
LOCAL = """\
(allow udev_t sysctl_fs_t (file (getattr ioctl open read)))
(allowx udev_t sysctl_fs_t (ioctl file (0x5401 (range 0x5400 0x54ff))))
(allow systemd_tmpfiles_t etc_t (lnk_file (relabelfrom relabelto)))
"""
POLICY = "etc/selinux/default/policy/policy.33"
NOT_COMPILED = "not compiled"


@unittest.skipUnless(shutil.which("sesearch"), "needs setools")
class Rules(support.TestCase):
    def made(self, rules, local, name="out"):
        """What a build of a recipe with these modules says, and its policy and store."""
        self.write("rules.cil", rules)
        self.write("local.cil", local)
        recipe = self.write("web.yaml", RECIPE.format(modules="rules.cil"))
        said = self.build(recipe, "-o", self.dir / name, "--progress", "plain").stderr
        root = self.dir / f"{name}-root"
        root.mkdir()
        run("tar", "-xf", self.dir / name / "web.tar", "-C", root, "--no-same-owner", "./etc/selinux",
            "./var/lib/selinux", "./etc/passwd", "./etc/shells", "./etc/login.defs", check=True)
        return said, root

    def rules_of(self, policy):
        """As setools tells them, expanded to types where the rules of attributes differ."""
        said = run("sesearch", "--allow", "--auditallow", "--dontaudit", "--allowxperm", "--neverallow", policy)
        return sorted(said.stdout.splitlines())

    @needs_root
    def test_a_compilation_gives_the_same(self):
        said, root = self.made(RULES, LOCAL)
        self.assertEqual(said.count(NOT_COMPILED), 2, said)
        rules = self.rules_of(root / POLICY)
        for line in ("allow getty_t var_log_t:file { getattr open read };",
                     "auditallow getty_t etc_t:dir search;",
                     "dontaudit getty_t user_home_t:dir { getattr search };",
                     "allowxperm udev_t sysctl_fs_t:file ioctl 0x5400-0x54ff;"):
            self.assertIn(line, rules)
        listed = run("semodule", "-p", root, "-s", "default", "-lfull", check=True).stdout
        self.assertRegex(listed, r"400 +rules +cil")
        self.assertRegex(listed, r"400 +local +cil")
        for policy in ("policy.kern", "policy.linked"):
            self.assertEqual((root / "var/lib/selinux/default/active" / policy).read_bytes(),
                             (root / POLICY).read_bytes())
        self.assertFalse((root / "var/lib/selinux/default/active/modules_checksum").exists())
        run("semodule", "-p", root, "-s", "default", "-n", "-B", check=True)
        self.assertEqual(self.rules_of(root / POLICY), rules)

    @needs_root
    def test_te_and_packages_of_plain_rules_are_not_compiled(self):
        te = ("module {0} 1.0;\nrequire {{ type getty_t, var_log_t, etc_t; class file {{ read open }}; "
              "class dir search; role system_r; }}\n{1}\n")
        self.write("one.te", te.format("one", "allow getty_t var_log_t:file { read open };"))
        self.write("two.te", te.format("two", "auditallow getty_t etc_t:dir search;"))
        run("checkmodule", "-M", "-m", "-o", self.dir / "two.mod", self.dir / "two.te", check=True)
        run("semodule_package", "-o", self.dir / "two.pp", "-m", self.dir / "two.mod", check=True)
        self.write("two.pp.bz2", bz2.compress((self.dir / "two.pp").read_bytes()))
        self.write("three.te", "policy_module(three, 1.0)\ngen_require(` type getty_t; ')\ntype three_t;\n"
                               "allow getty_t three_t:file read;\n")
        rules = {}
        for modules, compiled in (("one.te, two.pp.bz2", False), ("one.te, two.pp.bz2, three.te", True)):
            recipe = self.write("web.yaml", RECIPE.format(modules=modules))
            said = self.build(recipe, "-o", self.dir / "out", "--progress", "plain").stderr
            self.assertEqual(said.count("2 modules of rules, not compiled"), 1, said)
            self.assertEqual("1 module added" in said, compiled, said)
            self.assertIn("is cached", selns("plan", recipe).stdout)
            run("tar", "-xf", self.dir / "out/web.tar", "-C", self.dir, "./" + POLICY, check=True)
            rules[compiled] = self.rules_of(self.dir / POLICY)
            for line in ("allow getty_t var_log_t:file { open read };", "auditallow getty_t etc_t:dir search;"):
                self.assertTrue(any(set(line.split()) <= set(rule.split()) for rule in rules[compiled]), line)
        self.assertIn("allow getty_t three_t:file read;", rules[True])
        self.write("four.te", "policy_module(four, 1.0)\nfiles_read_etc_files(getty_t)\n")
        recipe = self.write("web.yaml", RECIPE.format(modules="four.te"))
        self.assertFails(selns("build", recipe, "-o", self.dir / "out"), 3, r"four\.te:2: files_read_etc_files",
                         "selinux-policy-dev")

    def test_what_has_to_be_compiled_is(self):
        said, root = self.made("(allow domain var_log_t (file (getattr)))", "(type mine_t)\n" + LOCAL)
        self.assertNotIn(NOT_COMPILED, said)
        self.assertIn("mine_t", run("seinfo", root / POLICY, "-t", check=True).stdout)

    def test_the_same_recipe_gives_the_same_bits(self):
        _, first = self.made(RULES, LOCAL)
        (self.dir / "other").mkdir()
        other = support.environment(XDG_CACHE_HOME=str(self.dir / "cache"))
        selns("plan", self.dir / "web.yaml", env=other)  # which makes the cache
        shutil.copytree(pathlib.Path(support.CACHE) / "selns-build/bootstrap",
                        self.dir / "cache/selns-build/bootstrap", symlinks=True, dirs_exist_ok=True)
        built = selns("build", self.dir / "web.yaml", "-o", self.dir / "other", env=other)
        self.assertEqual(built.returncode, 0, built.stderr)
        self.assertEqual((self.dir / "other/web.tar").read_bytes(), (self.dir / "out/web.tar").read_bytes())

    def test_with_its_logs_and_without_them_the_bits_are_the_same(self):
        self.write("boot.log", "audit: type=1400 audit(1790000000.1:1): avc:  denied  { read } for  pid=1 "
                   'comm="x" scontext=system_u:system_r:udev_t:s0 '
                   "tcontext=system_u:object_r:sysctl_fs_t:s0 tclass=file permissive=0\n")
        self.write("rules.cil", RULES)
        self.write("local.cil", LOCAL)
        text = RECIPE.format(modules="rules.cil")
        recipe = self.write("web.yaml", text.replace("local.cil }", "local.cil, logs: [boot.log] }"))
        self.build(recipe, "-o", self.dir / "first", "--update")
        recipe.write_text(text)
        self.build(recipe, "-o", self.dir / "second")
        self.assertEqual((self.dir / "second/web.tar").read_bytes(), (self.dir / "first/web.tar").read_bytes())

    def test_mistakes_have_their_place(self):
        self.write("1-rules.cil", RULES)
        bad = self.write("bad.yaml", RECIPE.format(modules="1-rules.cil"))
        self.assertFails(selns("check", bad), 3, r"bad\.yaml:6:\d+", "policy module's")
        self.write("rules.cil", "(allow getty_t var_log_t (file (raed)))\n")
        self.write("local.cil", "")
        recipe = self.write("web.yaml", RECIPE.format(modules="rules.cil"))
        said = selns("build", recipe, "-o", self.dir / "out")
        self.assertFails(said, 3, r"rules\.cil:1", "raed")


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS") and shutil.which("sesearch"),
                     "thousands of modules, and a bootstrap of another policy; needs setools")
class Thousands(support.TestCase):
    """Generated modules in real policies, against a compilation of the same store."""

    COUNT = 2000

    def generate(self, policy, random):
        """A module of a few rules, of which each has names of POLICY, which seinfo told."""
        types, classes = policy
        lines = []
        for _ in range(random.randint(1, 4)):
            source, target = random.choice(types), random.choice(types + ["self"] * 50)
            tclass, permissions = random.choice(classes)
            if "ioctl" in permissions and random.random() < 0.3:
                first = random.randrange(0xff00)
                commands = random.choice([f"{first:#x}", f"(range {first:#x} {first + 0x55:#x})"])
                lines.append(f"(allowx {source} {target} (ioctl {tclass} ({commands})))")
                continue
            some = random.sample(permissions, random.randint(1, min(4, len(permissions))))
            kind = random.choice(["allow", "allow", "auditallow", "dontaudit"])
            lines.append(f"({kind} {source} {target} ({tclass} ({' '.join(some)})))")
        return "\n".join(lines) + "\n"

    def names_in(self, policy):
        types = run("seinfo", "-t", "--flat", policy, check=True).stdout.split()
        classes, text = [], run("seinfo", "-c", "-x", policy, check=True).stdout
        commons = {name: body.split() for name, body in re.findall(
            r"common (\w+)\s*\{([^}]*)\}", run("seinfo", "--common", "-x", policy, check=True).stdout)}
        for name, common, body in re.findall(r"class (\w+)\s*(?:inherits (\w+))?\s*(?:\{([^}]*)\})?", text):
            classes.append((name, commons.get(common, []) + body.split()))
        return types, [each for each in classes if each[1]]

    def made(self, name, head, modules, root):
        """Builds with MODULES without those that break a neverallow rule, which are told; returns what it said."""
        for _ in range(3):
            listed = ", ".join(sorted(modules))
            recipe = self.write(f"{name}.yaml", head + f"  modules: [{listed}]\nimages: [tar]\n")
            built = selns("build", recipe, "-o", self.dir / name, "--progress", "plain")
            if built.returncode == 0:
                break
            for broken in set(re.findall(r"(m\d+\.cil):\d+.*the policy forbids it", built.stderr)):
                modules.remove(broken)
        self.assertEqual(built.returncode, 0, built.stderr[-3000:])
        root.mkdir()
        run("tar", "-xf", self.dir / name / f"{name}.tar", "-C", root, "--no-same-owner", "./etc/selinux",
            "./var/lib/selinux", "./etc/passwd", "./etc/shells", "./etc/login.defs", check=True)
        return built.stderr

    def told_by_both(self, policy):
        """All of POLICY as libsepol tells it, and its rules as setools does."""
        cil = self.dir / "policy.cil"
        run("checkpolicy", "-b", "-C", "-M", policy, "-o", cil, check=True)
        rules = run("sesearch", "--allow", "--auditallow", "--dontaudit", "--allowxperm", policy).stdout
        return sorted(cil.read_text().splitlines()), sorted(rules.splitlines())

    def compare(self, kind, packages):
        head = (f"name: {kind}\nfrom: {{ debian: {{ release: bookworm }} }}\npackages: [{packages}]\n"
                f"selinux:\n  policy: {kind}\n  mode: permissive\n")
        plain = self.dir / "plain"
        self.made(kind, head, set(), plain)
        names = self.names_in(plain / f"etc/selinux/{kind}/policy/policy.33")
        random = Random(19)
        modules = set()
        for number in range(self.COUNT):
            self.write(f"m{number}.cil", self.generate(names, random))
            modules.add(f"m{number}.cil")
        root = self.dir / "patched"
        said = self.made(kind, head, modules, root)
        self.assertGreater(len(modules), self.COUNT * 0.9)
        patched = int(re.search(r"(\d[\d,]*) modules of rules, not compiled", said)[1].replace(",", ""))
        self.assertGreater(patched, self.COUNT * 0.8, said[-3000:])
        policy = root / f"etc/selinux/{kind}/policy/policy.33"
        before = self.told_by_both(policy)
        run("semodule", "-p", root, "-s", kind, "-n", "-B", check=True)
        for told, compiled in zip(before, self.told_by_both(policy)):
            self.assertEqual(len(told), len(compiled))
            self.assertTrue(told == compiled, [pair for pair in zip(told, compiled) if pair[0] != pair[1]][:5])

    @needs_root
    def test_debian_12(self):
        self.compare("default", "systemd-sysv, udev, dbus, iproute2")

    @needs_root
    def test_debian_12_mls(self):
        self.compare("mls", "policycoreutils")


if __name__ == "__main__":
    unittest.main()
