"""The first thing that a user does: examples/quickstart.yaml, checked with the real tools."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import support
from support import SOURCE, needs_root, run, selns

RECIPE = SOURCE / "examples/quickstart.yaml"


class Archive(support.TestCase):
    """Fills the cache that the tests share, so that they can run at the same time."""

    def test_bootstrap(self):
        self.build(RECIPE, "-o", self.dir / "out")


class Quickstart(support.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="selns-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        cls.host = support.tree_hash("/etc/selinux", "/var/lib/selinux")
        cls.out = cls.top / "out"
        cls.first = selns("build", RECIPE, "-o", cls.out)
        if cls.first.returncode != 0:
            raise AssertionError(cls.first.stdout + cls.first.stderr)
        cls.manifest = support.manifest(cls.out)
        cls.root = cls.top / "root"
        if os.geteuid() == 0:
            support.unpack(cls.out / "quickstart.tar", cls.root)

    def policy(self):
        (policy,) = (self.root / "etc/selinux/default/policy").glob("policy.*")
        return policy

    def test_outputs_are_complete(self):
        # A kernel, too, when the cache that tests share has one.
        names = {path.name for path in self.out.iterdir()} - {
            "quickstart.kernel", "quickstart.initramfs", "quickstart.qemu.conf"}
        self.assertEqual(names, {
            "quickstart.tar", "quickstart.ext4", "quickstart.manifest.json",
            "quickstart.launch.json", "quickstart.nspawn", "quickstart.service", "selns@quickstart.service",
            "quickstart.oci.json", "quickstart.host.cil", "selinuxns.cil"})
        self.assertIn("quickstart built in", self.first.stdout)
        for artifact in self.manifest["artifacts"]:
            data = (self.out / artifact["file"])
            self.assertEqual(data.stat().st_size, artifact["size"])
            said = run("sha256sum", data, check=True).stdout.split()[0]
            self.assertEqual(said, artifact["sha256"])

    def test_ext4_is_sound_and_labelled(self):
        checked = run("e2fsck", "-fn", self.out / "quickstart.ext4")
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        for path, kind in (("/etc/shadow", "shadow_t"), ("/", "root_t"), ("/usr/bin/bash", "shell_exec_t"),
                           ("/lost+found", "lost_found_t")):
            said = run("debugfs", "-R", f"ea_get {path} security.selinux", self.out / "quickstart.ext4")
            self.assertIn(f":{kind}:", said.stdout, path)

    @needs_root
    def test_setfiles_would_change_nothing(self):
        contexts = self.root / "etc/selinux/default/contexts/files/file_contexts"
        said = run("setfiles", "-n", "-v", "-F", "-c", self.policy(), "-r", self.root, contexts,
                   self.root)
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertNotRegex(said.stdout + said.stderr, "relabel", said.stdout[:2000])

    @needs_root
    def test_tar_restores_every_label(self):
        unlabelled = []
        for top, directories, files in os.walk(self.root):
            for name in directories + files:
                path = os.path.join(top, name)
                try:
                    os.getxattr(path, "security.selinux", follow_symlinks=False)
                except OSError:
                    unlabelled.append(path[len(str(self.root)):])
        # <<none>>: the kernel mounts it over.
        self.assertEqual(unlabelled, ["/proc"])

    @needs_root
    def test_semodule_in_the_image_shows_the_local_module(self):
        listed = run("chroot", self.root, "semodule", "-lfull", check=True).stdout
        self.assertRegex(listed, r"400 +selinuxns +cil")
        self.assertRegex(listed, r"100 +base +pp")

    @needs_root
    def test_sesearch_finds_every_local_rule(self):
        rules = self.manifest["local_module"]["rules"]
        self.assertGreater(len(rules), 3)
        for rule in rules:
            source, target, tclass, permissions = re.match(
                r"\(allow (\S+) (\S+) \((\S+) \(([^)]*)\)\)\)", rule).groups()
            target = source if target == "self" else target
            found = run("sesearch", "-A", "-s", source, "-t", target, "-c", tclass, "-p",
                        permissions.replace(" ", ","), self.policy(), check=True).stdout
            self.assertIn("allow " + source, found, rule)

    def test_local_module_is_an_output(self):
        module = (self.out / "selinuxns.cil").read_text()
        for rule in self.manifest["local_module"]["rules"]:
            self.assertIn(rule + "\n", module)

    def test_the_host_is_left_alone(self):
        self.assertEqual(support.tree_hash("/etc/selinux", "/var/lib/selinux"), self.host)

    def test_nothing_changed_is_quick_and_said(self):
        before = {path: path.stat().st_mtime_ns for path in self.out.iterdir()}
        again = self.build(RECIPE, "-o", self.out)
        self.assertIn("up to date", again.stdout)
        self.assertNotIn("bootstrap:", again.stderr)
        self.assertEqual({path: path.stat().st_mtime_ns for path in self.out.iterdir()}, before)

    def test_a_refresh_without_newer_packages_keeps_the_archive(self):
        again = self.build(RECIPE, "--refresh", "-o", self.out)
        self.assertRegex(again.stderr, r"bootstrap: .*\(cached\)")
        self.assertIn("up to date", again.stdout)

    def check_same_bytes(self, out):
        for name in ("quickstart.tar", "quickstart.ext4", "selinuxns.cil"):
            self.assertEqual((out / name).read_bytes(), (self.out / name).read_bytes(), name)

    def test_the_same_build_gives_the_same_bytes(self):
        """Also two at once."""
        both = [subprocess.Popen([support.PROGRAM, "build", RECIPE, "-o", self.dir / name],
                                 env=support.environment(), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                for name in ("one", "two", "one")]
        said = [child.communicate()[0] for child in both]
        self.assertEqual([child.returncode for child in both], [0, 0, 0], said)
        for name in ("one", "two"):
            self.check_same_bytes(self.dir / name)
            self.assertEqual(support.leftovers(self.dir / name), [])
        with open(self.dir / "one/quickstart.ext4", "r+b") as image:
            image.write(b"damage")
        again = self.build(RECIPE, "-o", self.dir / "one")
        self.assertNotIn("up to date", again.stdout, "a touched output is made again")
        self.check_same_bytes(self.dir / "one")

    def test_plan_says_what_is_cached_and_why_not(self):
        plan = selns("plan", RECIPE)
        self.assertEqual(plan.returncode, 0, plan.stderr)
        self.assertIn("cached", plan.stdout)
        recipe = self.write("more.yaml", RECIPE.read_text().replace("iproute2]", "iproute2, hello]"))
        (self.dir / "quickstart").symlink_to(SOURCE / "examples/quickstart")
        stages = {stage["name"]: stage
                  for stage in json.loads(selns("plan", "--json", recipe).stdout)["stages"]}
        self.assertIn("packages changed", stages["bootstrap"]["why"])
        self.assertEqual(stages["policy"]["why"], "after bootstrap")

    def test_show_of_directory_and_image_agree(self):
        shown = json.loads(selns("show", "--json", self.out).stdout)
        self.assertEqual(shown, self.manifest)
        for image in ("quickstart.tar", "quickstart.ext4"):
            inside = json.loads(selns("show", "--json", self.out / image).stdout)
            for key in ("packages",):
                self.assertEqual(inside[key], shown[key], image)
            self.assertEqual(inside["policy"]["sha256"], shown["policy"]["sha256"])
            self.assertEqual(inside["labels"]["by_type"], shown["labels"]["by_type"])
        self.assertIn("systemd-sysv", [p["name"] for p in shown["packages"]])

    def test_dpkg_in_the_image_agrees_with_the_manifest(self):
        said = run("dpkg-query", "--admindir", self.root / "var/lib/dpkg", "-W", "-f",
                   "${Package} ${Version}\n") if os.geteuid() == 0 else None
        if said is None:
            self.skipTest("needs root: the image is unpacked")
        listed = sorted(line for line in said.stdout.splitlines())
        ours = sorted(f"{p['name']} {p['version']}" for p in self.manifest["packages"])
        self.assertEqual(ours, listed)


class Layers(support.TestCase):
    """What all recipes of the release begin with is kept by itself."""

    def test_a_build_on_the_base_gives_the_same_bits(self):
        out = self.dir / "out"
        shutil.copytree(SOURCE / "examples/quickstart", self.dir / "quickstart")
        # A kernel that the shared cache may have is none of the root's.
        recipe = self.write("web.yaml", RECIPE.read_text().replace("launch: { kernel: debian }", ""))
        self.build(recipe, "-o", out)
        first = {path.name: path.read_bytes() for path in out.iterdir()}
        # Another cache, with the base and nothing else of the root.
        cache = self.dir / "cache"
        selns("cache", "list", cache=cache)
        for kind in ("base", "policy", "neverallow"):
            shutil.copytree(pathlib.Path(support.CACHE, "selns-build", kind),
                            cache / "selns-build" / kind)
        shutil.rmtree(out)
        result = self.build(recipe, "-o", out, "--progress", "json", cache=cache)
        self.assertIn("unpacking the base", result.stderr)
        self.assertNotIn("compiling the policy", result.stderr)
        for name, content in first.items():
            self.assertTrue((out / name).read_bytes() == content, name)
        self.assertEqual(support.leftovers(out), [])

    def test_an_unknown_package_is_told_before_anything_is_installed(self):
        recipe = self.write("web.yaml", "name: web\nfrom: { debian: { release: bookworm } }\n"
                            "packages: [no-such-thing]\n")
        result = self.build(recipe, "-o", self.dir / "out", "--progress", "json", status=4)
        self.assertRegex(result.stderr, r'"line":3,"column":12,"message":"Unable to locate package no-such-thing"')
        self.assertNotIn("setting up", result.stderr)


class Updates(support.TestCase):
    """The loop of a user: new denials, --locked in CI, --update at the desk."""

    def setUp(self):
        super().setUp()
        shutil.copy(RECIPE, self.dir / "web.yaml")
        shutil.copytree(SOURCE / "examples/quickstart", self.dir / "quickstart")
        module = self.dir / "quickstart/selinuxns.cil"
        if module.exists():
            module.unlink()
        self.recipe = self.dir / "web.yaml"
        self.module = module
        self.out = self.dir / "out"

    def test_locked_update_and_one_more_denial(self):
        locked = self.build(self.recipe, "-o", self.out, "--locked", status=1)
        self.assertIn("--locked", locked.stderr)
        self.assertIn("(allow udev_t", locked.stderr)
        self.assertFalse(self.module.exists())
        self.assertFalse((self.out / "quickstart.tar").exists())

        self.build(self.recipe, "-o", self.out, "--update")
        first = self.module.read_text()
        self.assertEqual(first, (self.out / "selinuxns.cil").read_text())
        self.build(self.recipe, "-o", self.out, "--locked")
        # Twice is once.
        self.build(self.recipe, "-o", self.out, "--update")
        self.assertEqual(self.module.read_text(), first)

        log = (self.dir / "quickstart/boot.log").read_text()
        line = next(l for l in log.splitlines() if "{ setrlimit }" in l)
        more = line.replace("{ setrlimit }", "{ execheap }").replace(":8):", ":9998):")
        strange = line.replace("{ setrlimit }", "{ execheap }").replace(
            "tcontext=system_u:system_r:udev_t:s0", "tcontext=system_u:object_r:nosuch_t:s0").replace(
            ":8):", ":9999):")
        unlabeled = line.replace("tcontext=system_u:system_r:udev_t:s0",
                                 "tcontext=system_u:object_r:unlabeled_t:s0").replace(":8):", ":9997):")
        self.assertNotEqual(more, line)
        self.write("quickstart/more.log", "\n".join([more, strange, unlabeled, more]) + "\n")
        result = self.build(self.recipe, "-o", self.out)
        self.assertEqual(self.module.read_text(), first, "a build does not edit its inputs")
        merged = (self.out / "selinuxns.cil").read_text()
        self.assertIn("(allow udev_t self (process (execheap setrlimit)))", merged)
        self.assertNotIn("nosuch_t", merged)
        self.assertNotIn("unlabeled_t", merged)
        self.assertIn("nosuch_t", result.stdout)
        self.assertIn("1 mislabelled", result.stdout)
        facts = support.manifest(self.out)["local_module"]
        self.assertEqual(facts["denials"]["verdicts"]["mislabelled"], 1)

    def test_update_needs_a_module_to_write(self):
        text = self.recipe.read_text().replace("    module: quickstart/selinuxns.cil\n", "")
        self.recipe.write_text(text)
        self.assertFails(selns("build", self.recipe, "-o", self.out, "--update"), 2,
                         "selinux.denials.module")


if __name__ == "__main__":
    unittest.main()
