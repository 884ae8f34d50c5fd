"""Boots under QEMU: what is seen of them, and converge on the quickstart."""

import json
import os
import re
import unittest

import support
from support import run, selns

FILE_CONTEXTS = re.compile(r"  # systemd-tmpfiles.*?(?=  denials:)", re.S)


class Booting(support.TestCase):
    @classmethod
    def setUpClass(cls):
        selns("kernel", "build", "debian", "-o", support.CACHE + "/debian-kernel", check=True)

    def boot(self, what, *arguments, status=0):
        result = selns("boot", what, "--kernel", "debian", "--json", *arguments)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return json.loads(result.stdout)

    def converge(self, recipe, *arguments, status=0):
        result = selns("converge", recipe, "-o", self.dir / "out", "--json", *arguments)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return json.loads(result.stdout)

    def recipe(self, change=lambda text: text):
        """The example without its log: everything is learnt from boots."""
        text = (support.SOURCE / "examples/quickstart.yaml").read_text()
        text = re.sub(r"    logs: .*\n", "", text)
        return self.write("quickstart.yaml", change(text))


class Boots(Booting):
    def test_what_is_seen(self):
        workload = 'boot: { run: [{ command: "test -e /etc/os-release && exit 3" }] }\n'
        self.build(self.recipe(lambda text: text + workload), "-o", self.dir / "out")
        before = support.tree_hash(self.dir / "out")
        seen = self.boot(self.dir / "out", "-o", self.dir / "logs", status=1)
        self.assertEqual(support.tree_hash(self.dir / "out"), before)

        self.assertEqual(seen["selinux"], "permissive")
        self.assertEqual(seen["target"], "graphical.target")
        self.assertTrue(seen["target_reached"] and seen["login_prompt"] and seen["clean_shutdown"])
        self.assertGreater(seen["denials"]["records"], 0)
        self.assertEqual(seen["failed_units"], ["selns-workload-1.service"])
        self.assertEqual(seen["failed_workloads"], ["test -e /etc/os-release && exit 3"])
        self.assertIn("the workload failed", seen["failure"])
        times = seen["milliseconds"]
        self.assertLess(times["kernel"], times["policy"])
        self.assertLess(times["policy"], times["target"])
        log = (self.dir / "logs/kernel.log").read_text(errors="replace")
        self.assertIn("Reached target graphical.target", log)
        self.assertEqual(len(re.findall(r"avc:  denied", log)), seen["denials"]["records"])
        # Watching is no cause of denials.
        self.assertNotRegex(log, r"avc:  denied.*(kmsg|ttyS1|selns)")


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "four boots and more: minutes")
class Converge(Booting):
    def test_from_nothing_to_enforcing(self):
        workload = 'boot: { run: [{ command: "test -e /etc/os-release" }] }\n'
        report = self.converge(self.recipe(lambda text: text + workload))
        self.assertTrue(report["converged"], report)
        modes = [r["mode"] for r in report["rounds"]]
        self.assertLessEqual(len(modes), 4)
        self.assertEqual(modes, ["permissive"] * (len(modes) - 1) + ["enforcing"])
        self.assertGreater(len(report["opened"]), 0)
        self.assertEqual(report["rounds"][-1]["records"], 0)
        self.assertEqual(report["to_change"], ["selinux.mode: enforcing"])
        module = self.dir / "quickstart/selinuxns.cil"
        for rule in report["opened"]:
            self.assertIn(rule, module.read_text())
        self.assertEqual(support.manifest(self.dir / "out")["policy"]["mode"], "enforcing")

        seen = self.boot(self.dir / "out")
        self.assertEqual(seen["selinux"], "enforcing")
        self.assertEqual(seen["denials"]["records"], 0)
        self.assertEqual(seen["failed_units"], [])

        # With the rules, but without the file context: nothing is new, and one thing is left.
        report = self.converge(self.recipe(lambda text: FILE_CONTEXTS.sub("", text)), status=1)
        self.assertFalse(report["converged"])
        self.assertEqual(len(report["rounds"]), 1)
        self.assertTrue(all(o["verdict"] == "constraint" for o in report["obstacles"]), report)
        advice = "\n".join(o["advice"] for o in report["obstacles"])
        self.assertIn("- '/root -d system_u:object_r:user_home_dir_t:s0'", advice)
        reasons = "\n".join(o["reason"] for o in report["obstacles"])
        self.assertIn("u1 == u2", reasons)


class Failures(Booting):
    def image(self, *entries):
        root = self.dir / "root"
        for entry in entries:
            (root / entry).mkdir(parents=True)
        path = self.dir / "broken.ext4"
        run("mke2fs", "-q", "-t", "ext4", "-d", root, path, "32M", check=True)
        return path

    def test_an_image_without_an_init(self):
        image = self.image("dev", "proc", "sys", "run")
        seen = self.boot(image, status=1)
        self.assertEqual(seen["failure"],
                         "cannot find the image's init /sbin/init: No such file or directory")
        self.assertEqual(seen["selinux"], "no policy")
        self.assertTrue((self.dir / "broken.boot/kernel.log").exists())

    def test_what_cannot_be_booted(self):
        self.assertFails(selns("boot", self.dir), 3, "no launch.json in it")
        self.assertFails(selns("boot", self.write("x.ext4", "text")), 3, "expected an ext4 image")
        self.assertFails(selns("boot", self.image("sbin"), "--kernel", "selinuxns"), 1,
                         "the kernel selinuxns has not been built",
                         "selns-build kernel build selinuxns")
        self.assertFails(selns("boot", self.dir, "--limit", "0"), 2, "--limit")


if __name__ == "__main__":
    unittest.main()
