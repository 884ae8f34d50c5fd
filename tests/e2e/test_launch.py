"""The launch files against the programs that they are for: crun, QEMU, the policy compiler.

Those of the unit tests are taken, which hold what is rendered to these very texts.
"""

import bz2
import json
import os
import pathlib
import shutil
import subprocess
import unittest

import support
from support import run
from test_run import LAUNCHER as ANY_LAUNCHER, make_root

# What is put into a container has to be static, which no sanitizer can be.
LAUNCHER = os.environ.get("SELNS_STATIC_RUN", ANY_LAUNCHER)

GOLDEN = support.SOURCE / "tests/unit/launch/golden"
STORE = pathlib.Path("/var/lib/selinux/default/active/modules")


@unittest.skipUnless(os.geteuid() == 0, "needs root: it makes containers")
class Oci(support.TestCase):
    def setUp(self):
        super().setUp()
        self.root = make_root(self.dir / "root")
        (self.root / "sbin/init").symlink_to("/bin/sh")
        (self.dir / "web.launch.json").write_text("{}")
        self.config = json.loads((GOLDEN / "web.oci.json").read_text())
        self.config["root"]["path"] = str(self.root)
        launcher, launch = self.config["mounts"][-2:]
        launcher["source"], launch["source"] = LAUNCHER, str(self.dir / "web.launch.json")
        # Pipes, not a terminal; a kernel without SELinux; no cgroups, which runtimes want in one
        # of several arrangements.
        self.config["process"]["terminal"] = False
        self.arguments = self.config["process"]["args"]
        # A runtime gives none that this machine's root has not.
        own = run("sh", "-c", "capsh --decode=$(sed -n 's/CapPrm:\\t//p' /proc/self/status)", check=True).stdout
        sets = self.config["process"]["capabilities"]
        for name in sets:
            sets[name] = [capability for capability in sets[name] if capability.lower() in own]
        del self.config["linux"]["resources"]

    def crun(self, *arguments):
        self.config["process"]["args"] = [*self.arguments, *arguments]
        (self.dir / "web.oci.json").write_text(json.dumps(self.config))
        script = ('mount -t tmpfs none /sys/fs/cgroup && mount -t cgroup2 -o nsdelegate none /sys/fs/cgroup && '
                  'exec crun --root "$1" --cgroup-manager=disabled run --bundle "$2" --config "$2/web.oci.json" "$3"')
        return run("unshare", "--mount", "sh", "-c", script, "sh", self.dir / "state", self.dir,
                   f"selns-e2e-{os.getpid()}", timeout=60)

    def test_a_container_is_entered(self):
        self.arguments = [*self.arguments[:2], "--without-selinux"]
        said = self.crun("--", "sh", "-c", "hostname; echo $$; env; "
                         "cat /proc/self/status /proc/self/mounts")
        self.assertEqual(said.returncode, 0, said.stderr)
        lines = said.stdout.splitlines()
        self.assertEqual(lines[:2], ["web.example", "1"])
        self.assertIn("container=selns", lines)
        status = {words[0]: words[1] for words in map(str.split, lines) if len(words) == 2}
        # No module is loaded and no disk reached; nothing stops the transition to the init's domain.
        self.assertFalse(int(status["CapPrm:"], 16) >> 16 & 1)
        self.assertFalse(int(status["CapBnd:"], 16) >> 17 & 1)
        self.assertTrue(int(status["CapPrm:"], 16) >> 21 & 1)
        self.assertEqual((status["Seccomp:"], status["NoNewPrivs:"]), ("2", "0"))
        mounts = {words[1]: words[3].split(",") for words in map(str.split, lines) if len(words) == 6}
        self.assertNotIn("nosuid", mounts["/"])
        self.assertIn("ro", mounts["/sys"])
        self.assertIn("ro", mounts["/proc/sys"])

    def test_without_namespaces_nothing_is_executed(self):
        said = self.crun()
        self.assertEqual(said.returncode, 125, said.stderr)
        self.assertIn("selns-run: this kernel has no SELinux", said.stderr)

    def test_crun_reads_it(self):
        # That it looks at what it is given: the same file with one thing wrong.
        self.config["linux"]["namespaces"][0]["type"] = "nonsense"
        self.assertNotEqual(self.crun().returncode, 0)


class Qemu(support.TestCase):
    def test_qemu_takes_the_file(self):
        shutil.copy(GOLDEN / "web.qemu.conf", self.dir)
        (self.dir / "web.initramfs").write_bytes(b"initramfs")
        with open(self.dir / "web.ext4", "wb") as disk:
            disk.truncate(1 << 20)
        # The least that QEMU takes for a kernel; it never runs.
        kernel = bytearray(1 << 15)
        kernel[0x1f1] = 4
        kernel[0x1fe:0x208] = b"\x55\xaa\0\0HdrS\x0c\x02"
        kernel[0x211] = 1
        kernel[0x22c:0x230] = b"\xff\xff\xff\x7f"
        (self.dir / "web.kernel").mkdir()
        (self.dir / "web.kernel/vmlinuz").write_bytes(kernel)
        # By the monitor that the file itself gives the terminal.
        said = subprocess.run(
            ["qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-cpu", "max", "-S",
             # There are machines whose KVM takes no processor of this kind.
             "-readconfig", "web.qemu.conf", "-machine", "accel=tcg"],
            cwd=self.dir, timeout=60, capture_output=True, text=True,
            input="\x01cinfo block\ninfo qtree\ninfo cpus\ninfo memory_size_summary\nquit\n")
        self.assertEqual(said.returncode, 0, said.stderr)
        for part in ("web.ext4 (raw)", "dev: virtio-blk-pci", "dev: virtio-rng-pci", "dev: isa-serial", "CPU #1",
                     "base memory: 1073741824"):
            self.assertIn(part, said.stdout)
        self.assertNotIn("CPU #2", said.stdout)


@unittest.skipUnless(STORE.is_dir(), "needs the package selinux-policy-default")
class HostPolicy(support.TestCase):
    """NAME.host.cil with Debian's policy; it takes 12 s of processor time."""

    def compile(self, *more):
        base = self.dir / "base.cil"
        with open(base, "wb") as out:
            for module in STORE.glob("*/*/cil"):
                # Debian's modules have file contexts that contradict each other.
                out.writelines(line for line in bz2.decompress(module.read_bytes()).splitlines(True)
                               if not line.startswith(b"(filecon "))
        # It checks neverallow rules, which a commit to a store does not by default.
        return run("secilc", "-c", "33", "-o", self.dir / "policy", "-f", self.dir / "contexts", base,
                   GOLDEN / "web.host.cil", *more, timeout=300)

    def rules(self, *arguments):
        return run("sesearch", *arguments, self.dir / "policy", check=True).stdout.splitlines()

    def test_the_module_fits_a_real_policy(self):
        said = self.compile()
        self.assertEqual(said.returncode, 0, said.stderr)
        callers = ("init_t", "sysadm_t", "unconfined_t")
        self.assertEqual(self.rules("-T", "-t", "selns_run_exec_t"),
                         [f"type_transition {caller} selns_run_exec_t:process selns_run_t;" for caller in callers])
        into = self.rules("-A", "-t", "selns_run_t", "-c", "process", "-p", "transition")
        for caller in callers:
            self.assertTrue([rule for rule in into if rule.startswith(f"allow {caller} selns_run_t:process")], into)
        # One way into the container's domain. (What it must not do, the compiler has looked at.)
        into = self.rules("-A", "-t", "selns_container_t", "-c", "process", "-p", "dyntransition,transition")
        self.assertEqual({rule.split()[1] for rule in into}, {"selns_run_t", "selns_container_t"})
        self.assertTrue(self.rules("-A", "-s", "selns_container_t", "-t", "httpd_sys_content_t", "-c", "file",
                                   "-p", "write"))
        self.assertIn("system_u:object_r:selns_run_exec_t:s0", (self.dir / "contexts").read_text())

    @unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "another 10 s")
    def test_what_must_never_be_is_refused(self):
        wrong = self.dir / "wrong.cil"
        wrong.write_text("(allow selns_container_t security_t (security (load_policy)))\n"
                         "(allow selns_container_t semanage_store_t (file (write)))\n"
                         "(allow unconfined_t selns_container_t (process (transition)))\n")
        said = self.compile(wrong)
        self.assertNotEqual(said.returncode, 0)
        for kind in ("load_policy", "(file (write", "(process (transition"):
            self.assertIn(kind, said.stderr)


if __name__ == "__main__":
    unittest.main()
