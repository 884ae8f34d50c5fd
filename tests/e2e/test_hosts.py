"""Containers where their users start them: on a Debian with systemd in a virtual machine, without a policy
and with one. The kernel is Debian's own, on which no policy of theirs confines them; SELNS_NAMESPACE_KERNEL
names a bundle with SELinux namespaces. SELNS_HOST and SELNS_CONTAINER are releases of Debian."""

import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

import support
from support import run, selns
from test_launch import LAUNCHER

KERNEL = pathlib.Path(os.environ.get("SELNS_NAMESPACE_KERNEL", support.KERNEL_CACHE + "/debian-kernel"))
NAMESPACES = "SELNS_NAMESPACE_KERNEL" in os.environ
HOST_RELEASE = os.environ.get("SELNS_HOST", "bookworm")
CONTAINER_RELEASE = os.environ.get("SELNS_CONTAINER", "bookworm")

# What a boot of Debian is denied (by types, and not by the constraint about users), and what its udev
# looks for behind a loop device, and what unpacking labels of another policy takes.
LABELS = """\
  file_contexts:
    - '/root -d system_u:object_r:user_home_dir_t:s0'
    - '/root/\\.ssh(/.*)? system_u:object_r:ssh_home_t:s0'
  modules: [boot.cil{more}]
"""
BOOT = """\
(allow systemd_tmpfiles_t etc_t (lnk_file (relabelfrom relabelto)))
(allow systemd_tmpfiles_t user_home_dir_t (dir (relabelfrom relabelto)))
(allow systemd_tmpfiles_t ssh_home_t (dir (relabelfrom relabelto)))
(optional pressure (allow init_t proc_psi_t (dir (search))) (allow init_t proc_psi_t (file (getattr open read write))))
(allow udev_t var_t (file (getattr)))
(allow unconfined_t self (capability2 (mac_admin)))
"""
WEB = """\
name: web
from: {{ debian: {{ release: {release} }} }}
packages: [systemd-sysv, udev, dbus, iproute2, iputils-ping]
selinux:
  mode: enforcing
{labels}images: [tar, ext4]
launch: {{ mode: namespace }}
"""
HOST = """\
name: host
from: {{ debian: {{ release: {release} }} }}
packages: [systemd-sysv, udev, dbus, iproute2, crun, procps, attr, kmod, policycoreutils]
selinux:
  mode: permissive
{labels}files:
  - {{ source: driver, target: /etc/systemd/system }}
images: [ext4]
{launch}"""
# As an administrator's shell, where there is a policy.
DRIVER = """\
[Unit]
After=multi-user.target
[Service]
Type=oneshot
SELinuxContext=-unconfined_u:unconfined_r:unconfined_t:s0
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS0
TimeoutStartSec=infinity
ExecStart=/bin/sh -c 'mkdir -p /srv; mount /dev/vdb /srv; exec /bin/sh /srv/commands'
ExecStopPost=/bin/systemctl --no-block poweroff
SuccessExitStatus=0-255
"""
PREPARE = """\
exec 2>&1
PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
export SYSTEMD_COLORS=0 SYSTEMD_PAGER=cat
try() { printf '\\n> %s\\n' "$1"; sh -c "$1"; printf '\\n= %s\\n' $?; }
test -e /dev/loop-control || { mkdir -p /lib/modules && cp /srv/loop.ko /lib/modules && \
    restorecon -R /lib/modules && insmod /lib/modules/loop.ko; }
sysctl -q -w kernel.printk_ratelimit=0
mkdir -p /var/lib/machines /srv/machines @OUT@
mount --bind /srv/machines /var/lib/machines
mount --bind /srv @OUT@
cp /srv/selns-run /usr/local/sbin/
cp /srv/selns@web.service /etc/systemd/system/
restorecon -R /usr/local/sbin /srv /etc/systemd/system
mkdir -p /run/selns /var/lib/machines/web
systemctl daemon-reload
"""
# No policy confines a container of a kernel without namespaces.
UNCONFINED = """\
mkdir -p /etc/systemd/system/selns@web.service.d
{ printf '[Service]\\nExecStart=\\n'; sed -n 's/^ExecStart=selns-run /&--without-selinux /p' \\
    /etc/systemd/system/selns@web.service; } > /etc/systemd/system/selns@web.service.d/unconfined.conf
sed -i 's/"--launch=.run.selns.launch.json",//; s/"--selinux-namespace=required"/"--without-selinux"/' /srv/web.oci.json
systemctl daemon-reload
"""


@unittest.skipUnless(os.geteuid() == 0, "needs root: it makes an image that is labelled")
@unittest.skipUnless(shutil.which("qemu-system-x86_64"), "needs qemu-system-x86")
class Hosts(support.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = pathlib.Path(tempfile.mkdtemp(prefix="selns-e2e-hosts-"))
        cls.addClassCleanup(shutil.rmtree, cls.made, ignore_errors=True)
        cls.out = cls.made / "out"
        (cls.made / "boot.cil").write_text(BOOT)
        (cls.made / "web.yaml").write_text(WEB.format(release=CONTAINER_RELEASE, labels=LABELS.format(more="")))
        (cls.made / "host.yaml").write_text(
            HOST.format(release=HOST_RELEASE, labels=LABELS.format(more=", selns-run.cil"),
                        launch="" if NAMESPACES else "launch: { kernel: debian }\n"))
        wants = cls.made / "driver/graphical.target.wants"
        wants.mkdir(parents=True)
        (cls.made / "driver/driver.service").write_text(DRIVER)
        (wants / "driver.service").symlink_to("../driver.service")
        cls.make("build", cls.made / "web.yaml", "-o", cls.out)
        shutil.copy(cls.out / "web.host.cil", cls.made / "selns-run.cil")
        cache = support.CACHE if NAMESPACES else support.KERNEL_CACHE
        if not NAMESPACES:
            cls.make("kernel", "build", "debian", "-o", KERNEL, cache=cache)
        cls.make("build", cls.made / "host.yaml", "-o", cls.made / "host", cache=cache)
        shutil.copy(LAUNCHER, cls.out / "selns-run")
        for module in KERNEL.glob("lib/modules/*/kernel/drivers/block/loop.ko"):
            shutil.copy(module, cls.out)

    @classmethod
    def make(cls, *arguments, **options):
        made = selns(*arguments, **options)
        if made.returncode != 0:
            raise AssertionError(made.stdout + made.stderr)

    def boot(self, commands, parameters="", policy=True):
        """What a host says of each of COMMANDS, and of all: its status and its text."""
        text = PREPARE.replace("@OUT@", str(self.out)) + ("" if NAMESPACES else UNCONFINED)
        text += "".join(f"try {shlex.quote(command)}\n" for command in commands)
        (self.out / "commands").write_text(text + "printf '\\n> end\\n'\n")
        root, data = self.dir / "root.ext4", self.dir / "data.ext4"
        shutil.copy(self.made / "host/host.ext4", root)
        os.truncate(root, 1 << 30)
        run("resize2fs", "-f", root, check=True)
        if not policy:
            # libselinux of Debian 13 finds a policy without the file that names it.
            for file in ("config", "default/policy/policy.33", "default/policy/policy.34"):
                run("debugfs", "-w", "-R", f"rm /etc/selinux/{file}", root, check=True)
        run("mke2fs", "-q", "-t", "ext4", "-d", self.out, data, "3G", check=True)
        console = self.dir / "console"
        disks = [word for name, file in (("root", root), ("data", data)) for word in (
            "-drive", f"file={file},format=raw,if=none,id={name},cache=unsafe", "-device", f"virtio-blk-pci,drive={name}")]
        initramfs = [] if NAMESPACES else ["-initrd", self.made / "host/host.initramfs"]
        run("qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-accel", "tcg,thread=multi", "-cpu",
            "max", "-smp", "2", "-m", "2G", "-kernel", KERNEL / "vmlinuz", *initramfs, "-append",
            "root=/dev/vda rootfstype=ext4 rw security=selinux selinux=1 console=ttyS0 panic=-1 loglevel=4 "
            f"audit_backlog_limit=8192 systemd.mask=serial-getty@ttyS0.service {parameters}", *disks, "-device",
            "virtio-rng-pci", "-chardev", f"file,id=console,path={console}", "-serial", "chardev:console", check=True,
            timeout=900)
        said = console.read_bytes().decode(errors="replace").replace("\0", "").replace("\r", "")
        self.assertIn("\n> end\n", said, said[-6000:])
        answers = {}
        for part in said.split("\n> ")[1:]:
            found = re.match(r"([^\n]*)\n(.*?)\n= (\d+)\n", part, re.S)
            if found:
                answers[found[1]] = (int(found[3]), found[2].strip())
        return answers, said

    BEFORE = "dmesg | grep -c avc:"
    RUNNING = ("for i in $(seq 60); do selns-run exec web -- systemctl is-system-running | grep -vE 'starting|initializing|offline' && break; "
               "sleep 2; done")
    START = "systemctl start selns@web; " + RUNNING
    RESTART = "systemctl restart selns@web; " + RUNNING
    STATUS = "selns-run status --json web"
    PING = "selns-run exec web -- ping -c 1 127.0.0.1"
    PIPED = "selns-run exec web -- systemd-run --quiet --pipe --wait echo piped"
    # A host without a policy takes no label in that is written to a file, but when it reads it anew.
    UNPACK = ("tar --xattrs --xattrs-include='*' -xf /srv/web.tar -C /var/lib/machines/web; "
              "sync; echo 3 > /proc/sys/vm/drop_caches")
    DIRECTORY = ("selns-run --name d {} /var/lib/machines/web -- sh -c 'echo from a directory'".format(
        "--launch /srv/web.launch.json" if NAMESPACES else "--without-selinux"))
    # A runtime wants a terminal, and its container an init that ends.
    CRUN = ("cd /srv; setsid script -qec 'crun run --bundle . --config web.oci.json webc' /srv/crun.log </dev/null "
            ">/dev/null 2>&1 & for i in $(seq 60); do sleep 1; grep -q 'web login' /srv/crun.log && break; done; "
            "crun state webc; ps -eo label,args | grep /sbin/init")

    def check_host(self, **options):
        answers, said = self.boot([
            "getenforce", self.BEFORE, self.START, self.STATUS, "selns-run list", "selns-run exec web -- systemctl is-system-running",
            "selns-run exec web -- cat /proc/1/attr/current", self.PING, self.PIPED, "ps -eo label,args | grep /sbin/init",
            self.RESTART,
            "systemctl stop selns@web; systemctl is-failed selns@web", "selns-run list; echo nothing more", self.UNPACK,
            self.DIRECTORY, self.CRUN, "crun kill webc SIGRTMIN+3; for i in $(seq 30); do sleep 2; crun list -q | grep -c webc || break; done",
            "find /sys/fs/cgroup -name 'selns*web' -o -name '*webc*'; ls -A /run/selns-run; losetup -a; echo nothing more",
            "dmesg | grep avc:"], **options)
        for command, words in (
                ("selns-run exec web -- systemctl is-system-running", "running"), (self.PING, "1 received"),
                (self.PIPED, "piped"), ("selns-run list; echo nothing more", "nothing more"),
                (self.RESTART, "running"),
                (self.DIRECTORY, "from a directory"), (self.CRUN, '"status": "running"')):
            with self.subTest(command):
                self.assertIn(words, answers[command][1], said)
        left = next(text for command, (_, text) in answers.items() if command.startswith("find "))
        self.assertEqual(left, "nothing more")
        self.assertEqual(answers["selns-run list; echo nothing more"][1], "nothing more")
        self.assertIn("inactive", answers["systemctl stop selns@web; systemctl is-failed selns@web"][1])
        status = json.loads(answers[self.STATUS][1])
        self.assertEqual((status["name"], status["state"]), ("web", "up"))
        self.assertGreater(status["memory"], 10 << 20)
        self.assertEqual(status["selinux_namespace"], "container" if NAMESPACES else "none")
        if NAMESPACES:
            self.assertEqual((status["policy"], status["mode"]), ("default", "enforcing"))
            self.assertRegex(status["policy_sha256"], "^[0-9a-f]{64}$")
            self.assertIn(":init_t:", answers["selns-run exec web -- cat /proc/1/attr/current"][1])
        return answers, said

    def denials(self, answers):
        """What the container or its launcher was denied, by whichever policy, and not the host before."""
        return answers["dmesg | grep avc:"][1].splitlines()[int(answers[self.BEFORE][1]):]

    def test_without_a_policy(self):
        answers, _ = self.check_host(policy=False)
        self.assertEqual(answers["getenforce"][1], "Disabled")
        self.assertEqual(self.denials(answers), [])

    def check_with_policy(self, mode, parameters):
        answers, said = self.check_host(parameters=parameters)
        self.assertEqual(answers["getenforce"][1], mode)
        self.assertEqual(self.denials(answers), [])
        self.assertIn(":selns_container_t:", answers["ps -eo label,args | grep /sbin/init"][1])
        self.assertIn(":selns_container_t:", answers[self.CRUN][1])

    def test_with_a_permissive_policy(self):
        self.check_with_policy("Permissive", "")

    def test_with_an_enforcing_policy(self):
        self.check_with_policy("Enforcing", "enforcing=1")

    @unittest.skipUnless(NAMESPACES, "needs SELNS_NAMESPACE_KERNEL: it is about a container's own namespace")
    def test_the_quickstart_converges_in_a_namespace_of_its_own(self):
        recipe = self.dir / "quickstart.yaml"
        text = (support.SOURCE / "examples/quickstart.yaml").read_text()
        shutil.copytree(support.SOURCE / "examples/quickstart", self.dir / "quickstart")
        recipe.write_text(text.replace("launch: { kernel: debian }", "launch: { mode: namespace }"))
        made = selns("converge", recipe, "-o", self.dir / "out", "--kernel", KERNEL,
                     "--selinux-namespace=required", "--json")
        self.assertEqual(made.returncode, 0, made.stdout + made.stderr)
        report = json.loads(made.stdout)
        self.assertEqual({boot["selinux_namespace"] for boot in report["rounds"]}, {"container"})
        self.assertTrue(report["converged"])
        self.assertEqual(report["rounds"][-1]["mode"], "enforcing")
        self.assertEqual(report["rounds"][-1]["records"], 0)
        print(f"{len(report['rounds'])} boots, {report['elapsed_ms'] / 1000:.0f} s")

    # Each has a policy of its own: one type has another name.
    TWENTY = """
for n in $(seq -w 20); do
    cp -al /var/lib/machines/web /var/lib/machines/web$n
    for policy in /var/lib/machines/web$n/etc/selinux/default/policy/policy.*; do
        sed "s/games_devpts_t/gam${n}_devpts_t/g" $policy > /srv/policy && cp --remove-destination /srv/policy $policy
    done
done
"""
    FUNCTIONS = """
start() { setsid selns-run --name c$1 @LAUNCH@ /var/lib/machines/web$1 -- sleep 10000 < /dev/null > /srv/log$1 2>&1 & }
up() { for i in $(seq 60); do test $(selns-run list | grep -vc starting) = $1 && break; sleep 1; done; selns-run list --json; }
"""

    def test_twenty_containers(self):
        launch = "--launch /srv/web.launch.json" if NAMESPACES else "--without-selinux"
        for name, text in (("twenty", self.TWENTY), ("functions", self.FUNCTIONS)):
            self.addCleanup((self.out / name).unlink)
            (self.out / name).write_text(text.replace("@LAUNCH@", launch))
        knows = "selns-run exec c07 -- sh -c 'printf %s system_u:object_r:gam{}_devpts_t:s0 > /sys/fs/selinux/context'"
        answers, said = self.boot([
            self.UNPACK, "free -m | grep Mem", ". /srv/twenty; . /srv/functions; for n in $(seq -w 20); do start $n; done; up 20", "free -m | grep Mem: ",
            "for n in $(seq -w 20); do selns-run exec c$n -- cat /proc/self/attr/current; echo; done",
            knows.format("07"), knows.format("08"), "selns-run stop c05; selns-run stop c13; selns-run list --json",
            ". /srv/functions; start 13; up 19",
            "for n in $(selns-run list | cut -d' ' -f1); do selns-run stop $n; done; selns-run list; echo none",
            "find /sys/fs/cgroup -name 'selns*'; ls -A /run/selns-run; echo nothing more"], policy=False)
        running = [json.loads(text) for _, text in answers.values() if text.startswith("[")]
        self.assertEqual([len(listed) for listed in running], [20, 18, 19], said)
        for listed in running:
            self.assertEqual({each["state"] for each in listed}, {"up"})
            if NAMESPACES:
                self.assertEqual({(each["selinux_namespace"], each["mode"]) for each in listed},
                                 {("container", "enforcing")})
                self.assertEqual(len({each["policy_sha256"] for each in listed}), len(listed))
        if NAMESPACES:
            self.assertEqual((answers[knows.format("07")][0], answers[knows.format("08")][0] != 0), (0, True), said)
        self.assertEqual([text for command, (_, text) in answers.items() if command.startswith("find ")],
                         ["nothing more"])
        print([text for command, (_, text) in answers.items() if command.startswith("free")])


if __name__ == "__main__":
    unittest.main()
