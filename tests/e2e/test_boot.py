"""Boots under QEMU: what is seen of them, and converge on the quickstart."""

import json
import os
import pathlib
import re
import unittest

import machines
import support
from support import run, selns

FILE_CONTEXTS = re.compile(r"  # systemd-tmpfiles.*?(?=  denials:)", re.S)


class Booting(support.TestCase):
    KERNEL = support.KERNEL_CACHE + "/debian-kernel"

    @classmethod
    def setUpClass(cls):
        selns("kernel", "build", "debian", "-o", cls.KERNEL, cache=support.KERNEL_CACHE, check=True)

    def boot(self, what, *arguments, status=0, machine=None):
        result = selns("boot", what, "--kernel", self.KERNEL, "--json", *arguments,
                       env=support.environment(**machine or {}))
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return json.loads(result.stdout)

    def converge(self, recipe, *arguments, status=0, machine=None, kernel=None):
        result = selns("converge", recipe, "-o", self.dir / "out", "--kernel", kernel or self.KERNEL,
                       "--json", *arguments, env=support.environment(**machine or {}))
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return json.loads(result.stdout)

    def small_image(self, *entries):
        root = self.dir / "root"
        for entry in entries:
            (root / entry).mkdir(parents=True)
        path = self.dir / "small.ext4"
        run("mke2fs", "-q", "-t", "ext4", "-d", root, path, "32M", check=True)
        return path

    def recipe(self, change=lambda text: text):
        """The example without its log: everything is learnt from boots."""
        text = (support.SOURCE / "examples/quickstart.yaml").read_text()
        text = re.sub(r"    logs: .*\n", "", text)
        return self.write("quickstart.yaml", change(text))


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "a boot more than converge's")
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


class Converge(Booting):
    def test_from_nothing_to_enforcing(self):
        workload = 'boot: { run: [{ command: "test -e /etc/os-release" }] }\n'
        # The second boot, which finds nothing new, is played: real ones are the first, which all is
        # learnt from, and the enforcing one.
        machine = machines.played(self.dir / "qemu", None, machines.boot(), None)
        report = self.converge(self.recipe(lambda text: text + workload), "--quiet", "3",
                               machine=machine)
        self.assertTrue(report["converged"], report)
        modes = [r["mode"] for r in report["rounds"]]
        self.assertEqual(modes, ["permissive", "permissive", "enforcing"])
        self.assertGreater(len(report["opened"]), 0)
        self.assertEqual(report["rounds"][-1]["records"], 0)
        self.assertEqual(report["to_change"], ["selinux.mode: enforcing"])
        module = self.dir / "quickstart/selinuxns.cil"
        for rule in report["opened"]:
            self.assertIn(rule, module.read_text())
        self.assertEqual(support.manifest(self.dir / "out")["policy"]["mode"], "enforcing")

        log = self.dir / "out/quickstart.converge/round-1/kernel.log"
        text = log.read_text(errors="replace")
        self.assertIn("Reached target graphical.target", text)
        self.assertEqual(len(re.findall(r"avc:  denied", text)), report["rounds"][0]["records"])
        # Watching is no cause of denials.
        self.assertNotRegex(text, r"avc:  denied.*(kmsg|ttyS1|selns)")


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "three boots each: minutes")
class ConvergeFurther(Booting):
    def test_without_the_file_context(self):
        report = self.converge(self.recipe(lambda text: FILE_CONTEXTS.sub("", text)), status=1)
        self.assertFalse(report["converged"])
        self.assertEqual(report["rounds"][-1]["mode"], "enforcing")
        self.assertTrue(all(o["verdict"] == "constraint" for o in report["obstacles"]), report)
        lines = [c["line"] for o in report["obstacles"] for c in o["choices"]]
        self.assertIn("- '/root -d system_u:object_r:user_home_dir_t:s0'", lines)
        self.assertIn("the image boots enforcing with them", report["failure"])
        reasons = "\n".join(o["reason"] for o in report["obstacles"])
        self.assertIn("u1 == u2", reasons)

    def test_a_web_server(self):
        text = (support.SOURCE / "examples/nginx.yaml").read_text()
        report = self.converge(self.write("nginx.yaml", text))
        self.assertTrue(report["converged"], report)
        self.assertLessEqual(len(report["rounds"]), 4)
        self.assertEqual(report["rounds"][-1]["mode"], "enforcing")
        self.assertEqual(report["rounds"][-1]["records"], 0)
        self.assertEqual(report["rounds"][-1]["failed_units"], [])
        labels = dict(line.split("\t") for line in
                      selns("label", "list", self.dir / "out/nginx.ext4").stdout.splitlines())
        self.assertIn(":httpd_exec_t:", labels["/usr/sbin/nginx"])
        self.assertIn(":httpd_sys_content_t:", labels["/srv/site/index.html"])

    def test_debian_13_with_its_own_kernel(self):
        """Its policy is newer than the libsepol of Debian 12, and than its own kernel."""
        kernel = support.KERNEL_CACHE + "/debian-13-kernel"
        selns("kernel", "build", "debian-13", "-o", kernel, cache=support.KERNEL_CACHE, check=True)
        text = (support.SOURCE / "recipes/debian-13.yaml").read_text()
        text = re.sub(r"include: .*", "packages: [systemd-sysv, udev, dbus]\nimages: [ext4]\n"
                                      "root_password: { empty: true }", text)
        report = self.converge(self.write("debian-13.yaml", text), kernel=kernel)
        self.assertTrue(report["converged"], report)
        self.assertEqual(report["rounds"][-1]["mode"], "enforcing")
        self.assertEqual(report["rounds"][-1]["records"], 0)
        self.assertEqual(report["rounds"][-1]["failed_units"], [])
        self.assertGreaterEqual(support.manifest(self.dir / "out")["policy"]["version"], 34)
        log = (self.dir / "out/debian-13.converge/round-1/kernel.log").read_text(errors="replace")
        self.assertRegex(log, r"Linux version 6\.12\.")


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "four boots: minutes")
class Container(Booting):
    """The image's own init under the launcher, on a host without a policy."""

    # Each fails the boot if what it looks at is otherwise.
    INSIDE = [
        "grep -q :init_t: /proc/1/attr/current",
        "grep -q container=selns /proc/1/environ",
        # Services in domains of their own.
        "cat /proc/[0-9]*/attr/current | tr '\\0' '\\n' | grep -q :syslogd_t:",
        "test -w /sys/fs/selinux/enforce",
        # Nothing of the host: neither its processes nor its files.
        "! cat /proc/[0-9]*/comm | grep -q selns-",
        "! test -e /selns-run",
        "! test -e /dev/vda",
        # Labelled by the launcher, or by PID 1 through a named type transition.
        "stat -c %C /dev/null | grep -q :null_device_t:",
        "stat -c %C /run/systemd/journal/socket | grep -q :devlog_t:",
        "stat -c %C /run/systemd/container | grep -q :selns_container_t:",
    ]

    def container_recipe(self):
        commands = "".join(f"    - {{ command: {json.dumps(c)}, context: "
                           f"'system_u:system_r:unconfined_t:s0' }}\n" for c in self.INSIDE)
        return self.recipe(lambda text: text.replace(
            "launch: { kernel: debian }",
            "launch: { kernel: debian, mode: namespace }\nboot:\n  run:\n" + commands))

    def test_from_nothing_to_enforcing(self):
        report = self.converge(self.container_recipe())
        self.assertTrue(report["converged"], report)
        self.assertLessEqual(len(report["rounds"]), 4)
        self.assertEqual(report["rounds"][-1]["mode"], "enforcing")
        self.assertEqual(report["rounds"][-1]["records"], 0)
        log = self.dir / "out/quickstart.converge/round-1/kernel.log"
        text = log.read_text(errors="replace")
        self.assertIn("selns-init: the container ended with status 0", text)

        # A direct boot of the same image is denied at least as much.
        direct = selns("build", self.container_recipe(), "-o", self.dir / "direct", "--set",
                       "selinux.denials.module=none.cil", "--set", "boot.run=[]")
        self.assertEqual(direct.returncode, 0, direct.stderr)
        seen = self.boot(self.dir / "direct", "-o", self.dir / "logs")
        self.assertLessEqual(report["rounds"][0]["unique"], seen["denials"]["unique"])

    def test_an_image_without_its_launch_file(self):
        image = self.small_image("etc")
        result = selns("boot", image, "--container", "--kernel", self.KERNEL)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("small.launch.json", result.stderr)


class Learning(Booting):
    """What converge makes of boots, which are played."""

    TMPFILES = "system_u:system_r:systemd_tmpfiles_t:s0"
    HOME = "unconfined_u:object_r:user_home_t:s0"

    def test_a_denial_that_no_rule_helps(self):
        def denial(enforcing):
            return machines.denied("relabelto", self.TMPFILES, self.HOME, "dir", enforcing,
                                   name="x")
        machine = machines.played(self.dir / "qemu", machines.boot(denial(False)),
                                  machines.boot(denial(True), enforcing=True))
        report = self.converge(self.recipe(), "--quiet", "0", status=1, machine=machine)
        self.assertEqual([r["mode"] for r in report["rounds"]], ["permissive", "enforcing"])
        self.assertEqual(report["failure"], "denials are left that no rule can help; the image "
                                            "boots enforcing with them")
        (obstacle,) = report["obstacles"]
        self.assertEqual(obstacle["verdict"], "constraint")
        self.assertIn("constrain dir", obstacle["reason"])
        tolerate = "- 'systemd_tmpfiles_t user_home_t:dir { relabelto }'"
        self.assertIn(("selinux.denials.tolerate", tolerate),
                      [(c["key"], c["line"]) for c in obstacle["choices"]])
        self.assertEqual((report["opened"], report["output"]), ([], ""))
        self.assertFalse((self.dir / "quickstart").exists())

        if not os.environ.get("SELNS_FULL_TESTS"):
            return
        # The line that is offered is all that it takes.
        machine = machines.played(self.dir / "again", machines.boot(denial(False)),
                                  machines.boot(denial(True), enforcing=True))
        recipe = self.recipe(lambda text: text.replace(
            "    accept:", f"    tolerate:\n      {tolerate}\n    accept:"))
        report = self.converge(recipe, "--quiet", "0", machine=machine)
        self.assertTrue(report["converged"])

    def test_what_fails_only_when_enforcing(self):
        always = machines.failed("always.service")
        machine = machines.played(
            self.dir / "qemu", machines.boot(always),
            machines.boot(always, machines.failed("enforced.service"), enforcing=True))
        report = self.converge(self.recipe(), "--quiet", "0", status=1, machine=machine)
        self.assertEqual(report["failure"], "a unit fails only when enforcing: enforced.service")

        if not os.environ.get("SELNS_FULL_TESTS"):
            return
        never = machines.boot(enforcing=True)[:-1] + machines.failed("enforced.service")
        machine = machines.played(self.dir / "again", machines.boot(), never)
        report = self.converge(self.recipe(), "--quiet", "0", status=1, machine=machine)
        self.assertEqual(report["failure"],
                         "the enforcing boot failed: the machine switched itself off before its "
                         "target was reached; failed: enforced.service")


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "a policy commit more")
class Hidden(Booting):
    """What dontaudit rules hide, in boots that are played."""

    def test_hidden_denials(self):
        hidden = machines.denied("search", "system_u:system_r:systemd_sysctl_t:s0",
                                 "system_u:object_r:selinux_config_t:s0", "dir", name="selinux")
        machine = machines.played(self.dir / "qemu", machines.boot(hidden),
                                  machines.boot(enforcing=True))
        report = self.converge(self.recipe(), "--show-dontaudit", "--quiet", "0", "--rounds", "1",
                               status=1, machine=machine)
        self.assertEqual(report["hidden"],
                         ["systemd_sysctl_t selinux_config_t:dir { search }"])
        self.assertEqual((report["opened"], report["obstacles"]), ([], []))
        self.assertEqual(report["failure"], "not done after 1 boot, and no more are allowed")
        shown = self.dontaudit_rules(self.dir / "out/quickstart.converge/image/quickstart.ext4")
        self.assertEqual(shown, 0)

        machine = machines.played(self.dir / "again", machines.boot(hidden),
                                  machines.boot(enforcing=True))
        report = self.converge(self.recipe(), "--show-dontaudit", "--quiet", "0", machine=machine)
        self.assertTrue(report["converged"])
        self.assertGreater(self.dontaudit_rules(self.dir / "out/quickstart.ext4"), 1000)

    def dontaudit_rules(self, image):
        policy = self.dir / "policy"
        run("debugfs", "-R", f"dump /etc/selinux/default/policy/policy.33 {policy}", image,
            check=True)
        counts = run("seinfo", policy, check=True).stdout
        return int(re.search(r"Dontaudit:\s+(\d+)", counts)[1])


class Failures(Booting):
    def test_each_is_told_in_a_line(self):
        image = self.small_image("sbin")
        start, reached = machines.START, machines.QUEUED + machines.REACHED
        for number, (lines, reason) in enumerate([
                (start[:1] + start[2:] + reached,
                 "the kernel has no SELinux, or it is switched off"),
                (start + reached, "no policy was loaded: the image has none, or SELINUX=disabled"),
                (start[:2] + ["[   33.0] selns-init: cannot find the root device /dev/vda: it did "
                              "not appear within 30 s"],
                 "cannot find the root device /dev/vda: it did not appear within 30 s"),
                (start + ["[    4.5] SELinux:  policydb version 99 does not match my version range "
                          "15-33"],
                 "the kernel does not take the image's policy: policydb version 99 does not match "
                 "my version range 15-33")]):
            machine = machines.played(self.dir / f"qemu{number}", lines)
            seen = self.boot(image, "--quiet", "0", status=1, machine=machine)
            self.assertEqual(seen["failure"], reason)
            result = selns("boot", image, "--kernel", self.KERNEL, "--quiet", "0",
                           env=support.environment(**machine))
            self.assertFails(result, 1, "(?m)^failed: small: " + re.escape(reason) + "$")

    def test_a_machine_that_does_nothing(self):
        seen = self.boot(self.small_image("sbin"), "--limit", "1", status=1,
                         machine=machines.silent(self.dir / "qemu"))
        self.assertEqual(seen["failure"], "the kernel said nothing within 1 s")

    def test_an_image_without_an_init(self):
        image = self.small_image("dev", "proc", "sys", "run")
        seen = self.boot(image, status=1)
        self.assertEqual(seen["failure"],
                         "cannot find the image's init /sbin/init: No such file or directory")
        self.assertEqual(seen["selinux"], "no policy")
        self.assertTrue((self.dir / "small.boot/kernel.log").exists())

    def test_what_cannot_be_booted(self):
        self.assertFails(selns("boot", self.dir), 3, "no launch.json in it")
        self.assertFails(selns("boot", self.write("x.ext4", "text")), 3, "expected an ext4 image")
        self.assertFails(selns("boot", self.small_image("sbin"), "--kernel", "selinuxns"), 1,
                         "the kernel selinuxns has not been built",
                         "selns-build kernel build selinuxns")
        self.assertFails(selns("boot", self.dir, "--limit", "0"), 2, "--limit")
        recipe = self.recipe(lambda text: text.replace("kernel: debian", "kernel: selinuxns"))
        result = selns("converge", recipe, "-o", self.dir / "out")
        self.assertFails(result, 1, "the kernel selinuxns has not been built")
        self.assertFalse((self.dir / "out").exists())


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "five boots: minutes")
class RealFailures(Booting):
    """The same with real machines."""

    def test_each_is_told_in_a_line(self):
        self.build(self.recipe(), "-o", self.dir / "out")
        image = self.dir / "out/quickstart.ext4"
        for number, (change, reason) in enumerate([
                # security=selinux would win over selinux=0.
                ('words[at] = words[at].replace("security=selinux selinux=1", "selinux=0")',
                 "no SELinux"),
                ('words[at] = words[at].replace("security=selinux", "lsm=apparmor")', "no SELinux"),
                ('disk = words.index("virtio-blk-pci,drive=root"); del words[disk - 1:disk + 1]',
                 "cannot find the root device")]):
            machine = machines.altered(self.dir / f"qemu{number}", change)
            seen = self.boot(image, status=1, machine=machine)
            self.assertIn(reason, seen["failure"])

        policy = "/etc/selinux/default/policy/policy.33"
        data = self.dir / "policy"
        run("debugfs", "-R", f"dump {policy} {data}", image, check=True)
        run("debugfs", "-w", "-R", f"rm {policy}", image, check=True)
        seen = self.boot(image, status=1)
        self.assertIn("no policy was loaded", seen["failure"])

        # magic, length of the name, name, version
        content = bytearray(data.read_bytes())
        length = int.from_bytes(content[4:8], "little")
        content[8 + length:12 + length] = (99).to_bytes(4, "little")
        data.write_bytes(content)
        commands = self.write("commands", f"cd {pathlib.Path(policy).parent}\n"
                                          f"write {data} policy.33\n")
        run("debugfs", "-w", "-f", commands, image, check=True)
        seen = self.boot(image, status=1)
        self.assertIn("policydb version 99 does not match", seen["failure"])


if __name__ == "__main__":
    unittest.main()
