"""Boots under QEMU: what is seen of them, and converge on the quickstart."""

import filecmp
import json
import os
import pathlib
import re
import subprocess
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


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "a boot more than converge's")
class Panic(Booting):
    def test_it_is_told_with_the_last_lines(self):
        command = "echo 1 > /proc/sys/kernel/sysrq; echo c > /proc/sysrq-trigger"
        self.build(self.recipe(lambda text: text + f'boot: {{ run: [{{ command: "{command}" }}] }}\n'),
                   "-o", self.dir / "out")
        seen = self.boot(self.dir / "out", "-o", self.dir / "logs", status=1)
        self.assertEqual(seen["failure"], "the kernel panicked: sysrq triggered crash")
        log = (self.dir / "logs/kernel.log").read_text(errors="replace")
        self.assertEqual(len(seen["last_lines"]), 10)
        self.assertIn(seen["last_lines"][-1][:40], log.splitlines()[-1])
        self.assertFalse(seen["complete"])


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


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "a bootstrap and two boots")
class AuditDaemon(Booting):
    """An image whose auditd gets the denials."""

    def image(self, size):
        return self.build(self.recipe(lambda text: text.replace("iproute2]", "iproute2, auditd]")
                                      .replace("images: [tar, ext4]", f"images: [{size}]")),
                          "-o", self.dir / "out")

    def test_its_log_is_read_from_start_to_end(self):
        self.image("{ ext4: { size: 1G } }")
        seen = self.boot(self.dir / "out", "-o", self.dir / "logs")
        self.assertEqual((seen["complete"], seen["not_known"]), (True, []))
        log = (self.dir / "logs/audit.log").read_text(errors="replace")
        self.assertTrue(log.startswith("type=DAEMON_START "), log[:200])
        self.assertIn("\ntype=DAEMON_END ", log)
        # Denials of the kernel's log before it, and of its own.
        kernel = (self.dir / "logs/kernel.log").read_text(errors="replace")
        count = len(re.findall(r"avc:  denied", kernel + log))
        self.assertEqual(seen["denials"]["records"], count)
        self.assertLess(len(re.findall(r"avc:  denied", kernel)), count)

    def test_it_writes_nothing_when_there_is_little_space(self):
        self.image("ext4")
        seen = self.boot(self.dir / "out", "-o", self.dir / "logs")
        self.assertFalse(seen["complete"])
        self.assertIn("admin_space_left", seen["not_known"][0]["advice"])
        self.assertIn("audit events that are in no log", seen["not_known"][1]["reason"])


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
        "stat -c %C /run/systemd/container | grep -q :selns_container_runtime_t:",
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
    UDEV = "system_u:system_r:udev_t:s0"

    def test_what_is_booted_is_what_comes_out(self):
        denial = machines.denied("setrlimit", self.UDEV, self.UDEV, "process")
        machine = machines.played(self.dir / "qemu", machines.boot(denial), machines.boot(),
                                  machines.boot(enforcing=True), disks=True)
        report = self.converge(self.recipe(), "--quiet", "0", machine=machine)
        self.assertTrue(report["converged"], report)
        image = self.dir / "out/quickstart.ext4"
        first, learnt, last = sorted((self.dir / "qemu/disks").iterdir())
        for disk in (first, learnt, last):
            run("e2fsck", "-fn", disk, check=True)
            self.assertEqual(disk.stat().st_mode & 0o777, 0o600)
        self.assertTrue(filecmp.cmp(last, image, shallow=False))
        # Before, the mode is another, and what was learnt is not in the first.
        labels = [selns("label", "list", disk, check=True).stdout for disk in (first, learnt, image)]
        self.assertEqual(labels[1], labels[2])
        self.assertNotIn("selinuxns", labels[0])
        self.assertIn("modules/400/selinuxns/cil", labels[1])
        # Nothing is left of them.
        kept = sorted(path.name for path in (self.dir / "out/quickstart.converge").iterdir())
        self.assertEqual(kept, ["report.json", "round-1", "round-2", "round-3", "selinuxns.cil"])

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

    ALWAYS = [machines.failed("always.service"), ["[   15.1] a[8]: x: Permission denied"]]

    def test_what_is_not_known_and_then_fails_only_when_enforcing(self):
        """An enforcing boot without a denial proves nothing unless all was seen of it."""
        refused = ["[   15.0] systemd-tmpfiles[7]: Cannot open /root/.ssh: Permission denied"]
        reset = machines.boot(*self.ALWAYS, refused, enforcing=True)[:-1]
        machine = machines.played(self.dir / "qemu", machines.boot(*self.ALWAYS), reset)
        result = selns("converge", self.recipe(), "-o", self.dir / "out", "--kernel", self.KERNEL,
                       "--quiet", "0", env=support.environment(**machine))
        why = "the kernel's last words are missing: the machine was reset, not shut down"
        self.assertEqual(result.returncode, 1, result.stderr)
        said = " ".join(result.stdout.split())
        self.assertIn("not known: quickstart: denials may have been missed in the enforcing boot: "
                      + why, said)
        self.assertIn("round 2 enforcing, no denial, nothing new, not known whether that is all, "
                      "failed: always.service", said)
        self.assertIn("refused by programs' own words: 1 systemd-tmpfiles: Cannot open /root/.ssh: "
                      "Permission denied not known " + why + " needed boot again;", said)
        kept = self.dir / "out/quickstart.converge"
        report = json.loads((kept / "report.json").read_text())
        self.assertEqual((report["outcome"], report["converged"]), ("not known", False))
        self.assertEqual((report["not_known"][0]["reason"], report["output"]), (why, ""))
        self.assertEqual([r["complete"] for r in report["rounds"]], [True, False])
        self.assertFalse((self.dir / "out/quickstart.ext4").exists())

        # What is certain is kept: the next run goes on with the enforcing boot.
        fails = machines.boot(*self.ALWAYS, machines.failed("enforced.service"), enforcing=True)
        machine = machines.played(self.dir / "again", fails)
        report = self.converge(self.recipe(), "--quiet", "0", status=1, machine=machine)
        self.assertEqual(report["failure"], "a unit fails only when enforcing: enforced.service")
        self.assertEqual([r["mode"] for r in report["rounds"]], ["permissive", "enforcing"])
        self.assertFalse((kept / "state.json").exists())

    @unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "two boots more")
    def test_an_enforcing_boot_that_does_not_reach_its_target(self):
        never = machines.boot(enforcing=True)[:-2] + machines.failed("enforced.service")
        machine = machines.played(self.dir / "again", machines.boot(), never)
        report = self.converge(self.recipe(), "--quiet", "0", status=1, machine=machine)
        self.assertEqual(report["failure"],
                         "the enforcing boot failed: the machine switched itself off before its "
                         "target was reached; failed: enforced.service")

    @unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "two boots more")
    def test_denials_that_were_lost_keep_a_run_from_converging(self):
        lost = ["[   15.0] audit: audit_lost=1 audit_rate_limit=0 audit_backlog_limit=64"]
        machine = machines.played(self.dir / "qemu", machines.boot(lost),
                                  machines.boot(lost, enforcing=True))
        report = self.converge(self.recipe(), "--quiet", "0", status=1, machine=machine)
        self.assertEqual(report["outcome"], "not known")
        machine = machines.played(self.dir / "again", machines.boot(enforcing=True))
        report = self.converge(self.recipe(), "--quiet", "0", machine=machine)
        self.assertEqual((report["outcome"], len(report["rounds"])), ("converged", 2))


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "a policy commit more")
class Hidden(Booting):
    """What dontaudit rules hide, in boots that are played."""

    def test_hidden_denials(self):
        hidden = machines.denied("search", "system_u:system_r:systemd_sysctl_t:s0",
                                 "system_u:object_r:selinux_config_t:s0", "dir", name="selinux")
        machine = machines.played(self.dir / "qemu", machines.boot(hidden),
                                  machines.boot(enforcing=True), disks=True)
        report = self.converge(self.recipe(), "--show-dontaudit", "--quiet", "0", "--rounds", "1",
                               status=1, machine=machine)
        self.assertEqual(report["hidden"],
                         ["systemd_sysctl_t selinux_config_t:dir { search }"])
        self.assertEqual((report["opened"], report["obstacles"]), ([], []))
        self.assertEqual(report["failure"], "not done after 1 boot, and no more are allowed")
        self.assertEqual(report["outcome"], "failed")
        shown = self.dontaudit_rules(self.dir / "qemu/disks/00")
        self.assertEqual(shown, 0)

        denied = machines.denied("search", "system_u:system_r:systemd_sysctl_t:s0",
                                 "system_u:object_r:selinux_config_t:s0", "dir", enforcing=True,
                                 name="selinux")
        machine = machines.played(self.dir / "again", machines.boot(hidden),
                                  machines.boot(denied, enforcing=True))
        report = self.converge(self.recipe(), "--show-dontaudit", "--quiet", "0", machine=machine)
        self.assertTrue(report["converged"])
        self.assertEqual([r["hidden"] for r in report["rounds"]], [report["hidden"]] * 2)
        self.assertGreater(self.dontaudit_rules(self.dir / "out/quickstart.ext4"), 1000)

    def dontaudit_rules(self, image):
        policy = self.dir / "policy"
        run("debugfs", "-R", f"dump /etc/selinux/default/policy/policy.33 {policy}", image,
            check=True)
        counts = run("seinfo", policy, check=True).stdout
        return int(re.search(r"Dontaudit:\s+(\d+)", counts)[1])


class Complete(Booting):
    """Whether all denials of a boot were seen."""

    LOG = "var/log/audit/audit.log"
    BEGIN = "type=DAEMON_START msg=audit(1795343349.0:7001): op=start ver=3.0.9\n"
    END = "type=DAEMON_END msg=audit(1795343360.0:7002): op=terminate res=success\n"

    def record(self, serial):
        return (f"type=AVC msg=audit(1795343349.390:{serial}): avc:  denied  {{ read }} for  pid=1 "
                f'comm="a" name="x{serial}" dev="vda" ino=9 scontext=a:b:c_t:s0 '
                "tcontext=a:b:d_t:s0 tclass=file permissive=1\n")

    def image(self, **logs):
        """An image whose audit daemon left LOGS: current, one, two, ..."""
        root = self.dir / f"root{self.count}"
        for name, text in logs.items():
            suffix = {"current": "", "one": ".1", "two": ".2", "conf": ""}[name]
            path = root / ("etc/audit/auditd.conf" if name == "conf" else self.LOG + suffix)
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("w") as file:
                file.write(text if isinstance(text, str) else "")
                file.truncate(None if isinstance(text, str) else text)
        (root / "usr/sbin").mkdir(parents=True, exist_ok=True)
        image = self.dir / f"image{self.count}.ext4"
        run("mke2fs", "-q", "-t", "ext4", "-d", root, image, "32M", check=True)
        return image

    def setUp(self):
        super().setUp()
        self.count = 0

    def seen(self, image, lines, play=machines.played, status=0):
        self.count += 1
        return self.boot(image, "--quiet", "0", status=status,
                         machine=play(self.dir / f"qemu{self.count}", lines))

    def test_what_is_missing_is_told(self):
        image = self.image()
        whole = machines.boot()
        lost = ["[   15.0] audit: audit_lost=3 audit_rate_limit=0 audit_backlog_limit=64"]
        for lines, reason in [
                (whole, None),
                (whole[:-1], "the kernel's last words are missing"),
                (machines.boot(lost), "the kernel counted lost audit records (kernel.log:6)"),
                (machines.boot(["[ 15.0] audit: kauditd hold queue overflow"]),
                 "the kernel's audit queue overflowed"),
                (machines.boot(["[ 15.0] kauditd_printk_skb: 12 callbacks suppressed"]),
                 "the kernel's rate limit suppressed audit messages"),
                (machines.boot(["** 12 printk messages dropped **"]),
                 "the kernel dropped messages of its own: 12"),
                (machines.boot(["[ 15.0] audit: type=1400 audit(1795343349.390:4): avc:  den"]
                               + machines.denied("read", "a:b:c_t:s0", "a:b:d_t:s0", "file",
                                                 serial=7)),
                 "audit events that are in no log, by the kernel's numbers: 2"),
                (machines.boot(machines.AUDITD), "there is no log of it on the disk")]:
            seen = self.seen(image, lines)
            reasons = [gap["reason"] for gap in seen["not_known"]]
            self.assertEqual(seen["complete"], reason is None, reasons)
            if reason:
                self.assertIn(reason, "\n".join(reasons))
                self.assertTrue(all(gap["advice"] for gap in seen["not_known"]))

    def test_the_log_of_an_audit_daemon_is_read_to_its_end(self):
        middle = self.BEGIN + self.record(4), self.record(5), self.record(6) + self.END
        lines = machines.boot(machines.AUDITD)
        for logs, records, reason in [
                ({"two": middle[0], "one": middle[1], "current": middle[2]}, 3, None),
                ({"two": middle[0], "current": middle[2]}, 1, "audit.log.1 is missing"),
                ({"one": middle[1], "current": middle[2]}, 2, "does not begin with its start"),
                ({"current": middle[0]}, 1, "does not end with its end"),
                ({"current": middle[0] + self.END + self.record(5)[:-60]}, 1,
                 "in the middle of a line"),
                ({"current": middle[0] + self.record(9) + self.END}, 2, "kernel's numbers: 4"),
                ({"current": ""}, 0, "there is no log of it on the disk"),
                ({"current": 300 << 20}, 0, "larger than 256 MiB"),
                ({"current": middle[0] + self.END, "conf": "log_file = /run/../no/log\n"}, 0,
                 "there is no log of it on the disk"),
                ({"current": middle[0] + self.END, "conf": "log_file = /etc/../" + self.LOG}, 1,
                 None)]:
            self.count += 1
            seen = self.seen(self.image(**logs), lines)
            reasons = "\n".join(gap["reason"] for gap in seen["not_known"])
            self.assertEqual((seen["denials"]["records"], seen["complete"]),
                             (records, reason is None), reasons)
            self.assertIn(reason or "", reasons)

    def test_a_disk_that_cannot_be_read(self):
        image = self.image(current=self.BEGIN + self.END)
        run("debugfs", "-w", "-R", "feature needs_recovery", image, check=True)
        seen = self.seen(image, machines.boot(machines.AUDITD))
        self.assertIn("an audit daemon's log cannot be read",
                      [gap["reason"] for gap in seen["not_known"]][0])
        # Where systemd started none, nothing is missing, and a log is another machine's.
        self.assertTrue(self.seen(image, machines.boot())["complete"])
        seen = self.seen(self.image(current=self.record(900)), machines.boot())
        self.assertEqual((seen["complete"], seen["denials"]["records"]), (True, 0))

    def test_a_machine_that_is_not_seen_to_its_end(self):
        image = self.image()
        seen = self.seen(image, machines.boot()[:-2], play=machines.killed, status=1)
        self.assertEqual(seen["failure"], "QEMU failed (exit status 137)")
        self.assertFalse(seen["complete"])
        hanging = machines.hanging(self.dir / "hanging", machines.boot()[:-1])
        seen = self.boot(image, "--quiet", "0", "--limit", "2", machine=hanging)
        self.assertEqual([gap["reason"] for gap in seen["not_known"]],
                         ["the machine had not shut down 2 s after it was asked to"])
        self.assertFalse(seen["clean_shutdown"])

    def test_what_is_refused_is_shown_and_only_that(self):
        line = "systemd-tmpfiles[113]: Failed to create /root/.ssh: \x1b[31mPermission denied"
        machine = machines.played(self.dir / "qemu", machines.boot(["[   15.0] " + line]))
        result = selns("boot", self.image(), "--kernel", self.KERNEL, "--quiet", "0",
                       env=support.environment(**machine))
        self.assertRegex(result.stdout, r"refused +by programs' own words: 1\n"
                                        r" +systemd-tmpfiles: Failed to create /root/.ssh: "
                                        r"Permission denied\n")
        self.assertNotIn("\x1b", result.stdout)

    def test_an_interrupt_while_it_shuts_down(self):
        machine = machines.hanging(self.dir / "qemu", machines.boot()[:-1])
        temporary = self.dir / "tmp"
        temporary.mkdir()
        child = subprocess.Popen(
            [support.PROGRAM, "boot", self.image(), "--kernel", self.KERNEL, "--quiet", "0",
             "--progress", "json"],
            env=support.environment(TMPDIR=str(temporary), **machine), stderr=subprocess.PIPE,
            text=True)
        for line in child.stderr:
            if "waiting for shutdown" in line:
                break
        child.terminate()
        child.communicate()
        self.assertEqual(child.returncode, 130)
        self.assertEqual(list(temporary.iterdir()), [])


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
