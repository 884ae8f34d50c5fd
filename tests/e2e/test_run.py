"""selns-run on this machine's kernel, which has no SELinux: all of a launch but the policy."""

import argparse
import contextlib
import errno
import fcntl
import json
import os
import pathlib
import pty
import random
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

import support
from support import run

LAUNCHER = os.environ.get("SELNS_RUN", str(support.SOURCE / "build/release/cmd/selns-run/selns-run"))
TOOLS = ["dash", "cat", "ls", "mount", "umount", "stat", "id", "sleep", "readlink", "mknod", "mkdir", "env",
         "kill", "tty", "stty", "true", "chroot", "hostname", "head", "perl"]


def host_state():
    """What a container could leave on this machine."""
    words = [line.split() for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    cgroups = [mount[1] for mount in words if mount[2] == "cgroup2"]
    mounts = sorted(mount[1] for mount in words)
    registered = sorted(os.listdir("/run/selns-run")) if os.path.isdir("/run/selns-run") else []
    made = sorted(str(p) for c in cgroups for p in pathlib.Path(c).rglob("selns-run-e2e*"))
    return mounts, registered, made


def delegate_namespaces(cls):
    """Every systemd has cgroup2 mounted so, and the kernel's checks differ then."""
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, options = line.split()[:4]
        if kind == "cgroup2" and "nsdelegate" not in options.split(","):
            run("mount", "-o", "remount,nsdelegate", place, check=True)
            cls.addClassCleanup(run, "mount", "-o", f"remount,{options}", place, check=True)


def make_root(root):
    """A root file system of this machine's own programs."""
    for name in "bin sbin etc proc sys dev run tmp root".split():
        (root / name).mkdir(parents=True)
    for tool in TOOLS:
        source = os.path.realpath(shutil.which(tool))
        shutil.copy(source, root / "bin" / tool)
        for library in re.findall(r"(/\S+) \(0x", run("ldd", source, check=True).stdout):
            target = root / library.lstrip("/")
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(library, target)
    (root / "bin/sh").symlink_to("dash")
    return root


@unittest.skipUnless(os.geteuid() == 0, "needs root: it makes namespaces and mounts")
class Launching(support.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.made = pathlib.Path(tempfile.mkdtemp(prefix="selns-e2e-run-"))
        cls.addClassCleanup(shutil.rmtree, cls.made, ignore_errors=True)
        cls.plain = make_root(cls.made / "plain")
        delegate_namespaces(cls)

    def setUp(self):
        super().setUp()
        self.name = f"e2e-{os.getpid()}"
        # Each test has a root of its own, of the same files.
        self.root = self.dir / "root"
        shutil.copytree(self.plain, self.root, symlinks=True, copy_function=os.link)
        self.before = host_state()
        self.addCleanup(lambda: self.assertEqual(host_state(), self.before))

    def launch(self, *arguments, root=None, **options):
        return run(LAUNCHER, "--without-selinux", "--name", self.name, root or self.root, *arguments,
                   timeout=60, **options)

    def shell(self, script, **options):
        return self.launch("--", "sh", "-c", script, **options)

    def image(self, size="24M"):
        path = self.dir / "web.ext4"
        run("mke2fs", "-q", "-t", "ext4", "-d", self.root, path, size, check=True)
        return path

    @contextlib.contextmanager
    def running(self, script="trap 'exit 0' TERM; echo up; while :; do sleep 0.1; done", before=(), program=LAUNCHER,
                **options):
        process = subprocess.Popen([*before, program, "--without-selinux", "--name", self.name, self.root, "--",
                                    "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, **options)
        try:
            self.assertEqual(process.stdout.readline(), "up\n")
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
            process.stdout.close()

    def worker_of(self, process):
        (worker,) = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return int(worker)

    def exec(self, *command, **options):
        return run(LAUNCHER, "exec", self.name, "--", *command, timeout=30, **options)

    def assertFails(self, result, *patterns):
        super().assertFails(result, 125, *patterns)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertTrue(result.stderr.startswith("selns-run: "), result.stderr)


class Containers(Launching):
    def test_what_a_container_has(self):
        result = self.shell("hostname; cat /proc/self/cgroup | head -1; echo $$; env; cat /proc/self/mounts")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = result.stdout.splitlines()
        self.assertEqual(lines[0], self.name)
        self.assertEqual(lines[2], "2")
        mounts = {words[1]: words for words in (line.split() for line in lines if line.count(" ") == 5)}
        self.assertEqual(sorted(mounts), sorted(mounts.keys() & set(
            "/ /dev /dev/pts /dev/shm /dev/mqueue /dev/console /sys /sys/fs/cgroup /run /run/lock /tmp /proc "
            "/proc/sys /proc/sysrq-trigger /proc/bus /proc/fs /proc/irq /proc/acpi /proc/scsi".split())))
        # Nothing may stop a transition, and no device comes from the image.
        self.assertNotIn("nosuid", mounts["/"][3])
        self.assertIn("nodev", mounts["/"][3])
        self.assertIn("ro", mounts["/sys"][3].split(","))
        variables = sorted(line for line in lines if re.match(r"[A-Za-z_]+=", line))
        self.assertEqual([v.split("=")[0] for v in variables], ["PATH", "PWD", "TERM", "container"])
        self.assertIn("container=selns", variables)

    def test_exit_status_and_streams(self):
        result = run(LAUNCHER, "--without-selinux", "--name", self.name, self.root, "--", "sh", "-c",
                     "cat; echo wrong >&2; exit 42", timeout=60)
        self.assertEqual((result.returncode, result.stderr), (42, "wrong\n"))
        self.assertEqual(self.shell("kill -9 $$").returncode, 137)
        self.assertFails(self.launch("--", "nothing"), "cannot execute nothing of the container")

    def test_signals_that_the_caller_ignores(self):
        result = self.launch("--", "sh", "-c", "exit 6",
                             preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertEqual(result.returncode, 6, result.stderr)
        ignore = "trap '' HUP INT QUIT; exec \"$@\""
        with self.running(before=["sh", "-c", ignore, "sh"]) as process:
            for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
                process.send_signal(number)
            self.assertEqual(self.exec("sh", "-c", "echo on").stdout, "on\n")
            # The command's own are as they were by default.
            self.assertEqual(self.exec("sh", "-c", "kill -1 $$").returncode, 129)

    def test_closed_standard_streams(self):
        report = self.root / "root/report"
        closed = 'exec "$@" <&- >&- 2>&-'
        result = run("sh", "-c", closed, "sh", LAUNCHER, "--without-selinux", "--name", self.name, self.root, "--",
                     "sh", "-c", "exec 3> /root/report; for f in 0 1 2; do (readlink /proc/$$/fd/$f >&3); done; exit 6")
        self.assertEqual(result.returncode, 6)
        self.assertRegex(report.read_text(), r"^(pipe:\[\d+\]\n){3}$")

    def test_no_host_file_is_kept(self):
        with open("/etc/hostname") as kept:
            os.set_inheritable(kept.fileno(), True)
            result = self.shell("for f in /proc/1/fd/* /proc/2/fd/*; do readlink $f; done; ls /proc/2/fd",
                                pass_fds=[kept.fileno()])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotIn("/etc", result.stdout)
        self.assertLessEqual(set(result.stdout.split()[-4:]) & set("0123456789"), set("0123"))
        # What is left on top is what the caller gave: /dev/null and pipes.
        for link in result.stdout.splitlines():
            self.assertRegex(link, r"^(/dev/null|pipe:\[\d+\]|\d)$")

    def test_the_host_is_out_of_reach(self):
        result = self.shell("""
            ls /proc | while read f; do case $f in [0-9]*) echo process $f; esac; done
            mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk && echo device
            mkdir /tmp/d && mount -t devtmpfs dev /tmp/d && head -c 1 /tmp/d/kmsg && echo devtmpfs
            mount -t cgroup2 none /tmp/d && ls /tmp/d/selns-run-*  && echo cgroup
            echo 1 > /proc/sysrq-trigger && echo sysrq
            echo 1 > /proc/sys/kernel/printk && echo sysctl
            echo 1 > /sys/kernel/mm/ksm/run && echo sysfs
            mkdir /tmp/r && chroot /tmp/r true
            ls /tmp/r/../../../../etc
            ls /sys/fs/selinux/load && echo selinuxfs
            perl -e '$d = "/sys/fs/cgroup"; for (1 .. 40) { mkdir($d .= "/d") or last; print "deep\n" if $_ == 40 }'
            true >> /proc/1/exe && echo overwritable
            exit 0""")
        words = set(result.stdout.split())
        self.assertEqual(words & {"device", "devtmpfs", "cgroup", "sysrq", "sysctl", "sysfs", "selinuxfs", "passwd", "overwritable",
                                  "deep"},
                         set(), result.stdout + result.stderr)
        self.assertEqual({w for w in words if w.isdigit() and int(w) > 20}, set(), result.stdout)

    @unittest.skipUnless(os.uname().machine == "x86_64", "numbers of system calls")
    def test_the_launcher_cannot_be_changed(self):
        program = shutil.copy(LAUNCHER, self.dir / "selns-run")  # in case that it can be
        before = program.stat()
        changes = """$e = "/proc/1/exe"; sub said { print "$!\\n" }
                     chmod 0, $e or said; chown 1, 1, $e or said; utime 1, 1, $e or said;"""
        # mount to make it writable, mount elsewhere; open_tree and mount_setattr are not there
        mounts = """$f = "/tmp/f"; $no = ""; $clear = pack("Q4", 0, 1, 0, 0);
                    syscall(165, $e, $e, $no, 4128, 0) and said; syscall(165, $e, $f, $no, 4096, 0) and said;
                    syscall(428, -100, $e, 1) < 0 and said; syscall(442, -100, $e, 0, $clear, 32) and said;"""
        refused = ["Read-only file system"] * 3
        said = run(program, "--without-selinux", "--name", self.name, self.root, "--", "sh", "-c",
                   f"cat /proc/1/comm; true > /tmp/f; perl -e '{changes + mounts}'")
        self.assertEqual(said.stdout.splitlines(), ["selns-run", *refused, *["Invalid argument"] * 2,
                                                    *["Function not implemented"] * 2])
        with self.running(program=program) as process:
            # What `exec` starts is a copy of the worker until it is the command.
            self.exec("true")
            said = run("perl", "-e", changes.replace("/1/", f"/{self.worker_of(process)}/"))
            self.assertEqual(said.stdout.splitlines(), refused)
        after = program.stat()
        for field in ("st_mode", "st_uid", "st_mtime", "st_ctime"):
            self.assertEqual(getattr(after, field), getattr(before, field), field)

    def test_refused_system_calls(self):
        run("cc", "-O1", "-static", "-o", self.root / "bin/calls", support.SOURCE / "tests/e2e/system_calls.c", check=True)
        (self.root / "sbin/init").symlink_to("/bin/calls")
        said = {"command": self.launch("--", "calls").stdout, "init": self.launch().stdout}
        with self.running():
            said["exec"] = self.exec("calls").stdout
        allowed = self.launch("--new-mounts", "--", "calls").stdout
        self.assertRegex(allowed, r"(?m)^missing fsopen 14$")  # EFAULT, by the kernel itself
        for call in ("fspick", "open_tree", "mount_setattr"):
            self.assertRegex(allowed, rf"(?m)^missing {call} {errno.ENOSYS}$")
        allowed = self.launch("--nested-namespaces", "--", "calls").stdout
        self.assertRegex(allowed, rf"(?m)^nested lsm_set_self_attr ({errno.E2BIG}|{errno.ENOSYS})$")
        expected = {"nested": errno.EPERM, "forbidden": errno.EPERM, "missing": errno.ENOSYS, "socket": errno.EAFNOSUPPORT,
                    "ring": errno.EPERM, "i386": errno.ENOSYS, "ioctl": errno.ENOTTY, "allowed": 0, "end": 0}
        for way, text in said.items():
            lines = [line.split(maxsplit=1) for line in text.splitlines()]
            self.assertEqual(lines[-1][0], "end", text)
            self.assertGreater(len(lines), 85, text)
            for kind, rest in lines:
                with self.subTest(way, call=rest):
                    code = int(rest.split()[-1])
                    if kind == "newer":
                        self.assertNotEqual(code, errno.EPERM)
                    else:
                        self.assertEqual(code, expected[kind], kind)

    def test_capabilities(self):
        result = self.shell("cat /proc/self/status")
        status = dict(line.split(":\t") for line in result.stdout.splitlines() if ":\t" in line)
        bounding = int(status["CapBnd"], 16)
        for dropped in (16, 17, 25, 33, 34, 38, 39):  # sys_module sys_rawio sys_time mac_admin syslog perfmon bpf
            self.assertFalse(bounding >> dropped & 1, dropped)
        self.assertTrue(bounding >> 21 & 1)  # sys_admin, without which systemd does not run
        self.assertEqual((status["Seccomp"], status["NoNewPrivs"]), ("2", "0"))

    def test_symbolic_links_lead_no_mount_out(self):
        for name in "proc sys dev run tmp".split():
            with self.subTest(name):
                shutil.rmtree(self.root / name)
                (self.root / name).symlink_to("/../../../../../../tmp" if name != "proc" else "etc")
                self.assertFails(self.launch("--", "true"), f"mount on /{name} of the container is refused")
                (self.root / name).unlink()
                (self.root / name).mkdir()

    def test_an_init_that_leads_out(self):
        init = self.root / "sbin/init"
        outside = self.dir / "outside"
        outside.write_text("#!/bin/sh\necho out\n")
        outside.chmod(0o755)
        for target in (f"../../{outside.name}", str(outside), "/proc/self/exe", "/proc/1/root/bin/true", "init"):
            with self.subTest(target):
                init.symlink_to(target)
                self.assertFails(self.launch(), "cannot execute /sbin/init")
                init.unlink()
        init.mkdir()
        self.assertFails(self.launch(), "cannot execute /sbin/init")

    def test_an_init_is_the_first_process_on_a_console(self):
        init = self.root / "sbin/init"
        init.write_text("#!/bin/sh\ntrap 'echo bye; exit 3' 37; echo I am $$ on $(tty); "
                        "exec <&- >&- 2>&-; sleep 0.3; exec > /dev/console; echo back; while :; do sleep 0.1; done\n")
        init.chmod(0o755)
        process = subprocess.Popen([LAUNCHER, "--without-selinux", "--name", self.name, self.root],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        first = process.stdout.readline().strip()
        again = process.stdout.readline().strip()  # after nobody had the console open
        process.terminate()  # asks as systemd wants to be asked
        rest, _ = process.communicate(timeout=20)
        self.assertEqual((first, again), ("I am 1 on /dev/pts/0", "back"))
        self.assertIn("bye", rest)
        self.assertEqual(process.returncode, 3)

    def on_console(self, script, *arguments):
        """A container whose init says more than fits into the pipe that is its console."""
        init = self.root / "sbin/init"
        init.write_text(f"#!/bin/perl\n{script}\n")
        init.chmod(0o755)
        process = subprocess.Popen([LAUNCHER, "--without-selinux", "--name", self.name, *arguments, self.root],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, 4096)
        return process

    def test_nobody_reads_the_console(self):
        with self.subTest("of a container that goes on"):
            process = self.on_console("$| = 1; print 'x' x 60, qq(\\n) while 1", "--limit", "2")
            self.assertTrue(select.select([process.stdout], [], [], 20)[0])
            time.sleep(0.5)  # until the rest of the pipe is full, too
            process.terminate()
            self.assertEqual(process.wait(30), 137)
        with self.subTest("of one that has ended"):
            process = self.on_console("print 'x' x 60, qq(\\n) for 1 .. 150; exit 5", "--limit", "1")
            self.assertEqual(process.wait(30), 5)
        with self.subTest("for a while"):
            process = self.on_console("print qq($_\\n) for 1 .. 5000; exit 6")
            time.sleep(1)
            self.assertEqual(process.stdout.read().decode().split(), [str(n) for n in range(1, 5001)])
            self.assertEqual(process.wait(30), 6)

    @unittest.skipUnless(os.uname().machine == "x86_64", "the number of a system call")
    def test_power_off_and_reboot(self):
        init = self.root / "sbin/init"
        for command, status in ((0x4321fedc, 0), (0x1234567, 133)):
            with self.subTest(command):
                init.write_text(f"#!/bin/perl\nsyscall(169, 0xfee1dead, 672274793, {command}, 0); exit 9;\n")
                init.chmod(0o755)
                self.assertEqual(self.launch().returncode, status)

    def test_a_delegated_cgroup(self):
        hierarchy = next((line.split()[1] for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()
                          if line.split()[2] == "cgroup2"), None)
        if hierarchy is None:
            self.skipTest("no cgroup2 is mounted")
        above = pathlib.Path(hierarchy)
        controllers = (above / "cgroup.controllers").read_text().split()
        given = (above / "cgroup.subtree_control").read_text().split()
        controller = next((c for c in ("memory", "pids", "hugetlb") if c in controllers), None)
        if controller is None:
            self.skipTest("the hierarchy has no controller")
        cgroup = above / f"selns-test-{os.getpid()}"
        cgroup.mkdir()
        supervisor, given_one = cgroup / f"supervisor-{self.name}", cgroup / "main"
        self.addCleanup(lambda: [c.rmdir() for c in (supervisor, given_one, cgroup) if c.exists()])
        if controller not in given:
            (above / "cgroup.subtree_control").write_text(f"+{controller}")
            self.addCleanup(lambda: (above / "cgroup.subtree_control").write_text(f"-{controller}"))
        os.setxattr(cgroup, "trusted.delegate", b"1")
        enter = f"echo $$ > {cgroup}/cgroup.procs; exec \"$@\""
        with self.running(before=["sh", "-c", enter, "sh"]) as process:
            below = cgroup / f"selns-run-{self.name}"
            self.exec("true")  # until it serves, it is still being set up
            self.assertNotEqual((below / "payload/cgroup.procs").read_text(), "")
            self.assertEqual(len((below / "launcher/cgroup.procs").read_text().split()), 1)
            self.assertEqual((supervisor / "cgroup.procs").read_text(), f"{process.pid}\n")
            # Else only what the launcher itself gives away is.
            (cgroup / "cgroup.subtree_control").write_text(f"+{controller}")
        self.assertEqual(process.returncode, 137)
        self.assertFalse(below.exists())
        (cgroup / "cgroup.subtree_control").write_text(f"-{controller}")
        result = run("sh", "-c", enter, "sh", LAUNCHER, "--without-selinux", "--name", self.name, self.root,
                     "--", "sh", "-c", "cat /proc/self/cgroup; exit 7")
        self.assertEqual(result.returncode, 7, result.stderr)
        self.assertIn("0::/\n", result.stdout)
        # As DelegateSubgroup= has it.
        given_one.mkdir()
        with self.running(before=["sh", "-c", enter.replace("/cgroup.procs", "/main/cgroup.procs"), "sh"]) as process:
            self.exec("true")
            self.assertNotEqual((below / "payload/cgroup.procs").read_text(), "")
            self.assertEqual((given_one / "cgroup.procs").read_text(), f"{process.pid}\n")

    def test_an_image_is_used_and_let_go(self):
        image = self.image()
        before = run("losetup", "-a", check=True).stdout
        result = self.launch("--", "sh", "-c", "echo kept > /root/file; stat -f -c %T /", root=image)
        self.assertEqual((result.returncode, result.stdout), (0, "ext2/ext3\n"), result.stderr)
        self.assertEqual(self.launch("--", "cat", "/root/file", root=image).stdout, "kept\n")
        self.assertNotEqual(self.launch("--read-only", "--", "sh", "-c", "echo > /root/f", root=image).returncode, 0)
        self.assertEqual(run("losetup", "-a", check=True).stdout, before)
        run("e2fsck", "-fn", image, check=True)

    def test_a_directory_gets_no_mount_of_the_host(self):
        run("mount", "--bind", self.root, self.root, check=True)
        self.addCleanup(run, "umount", "-R", self.root, check=True)
        run("mount", "--make-shared", self.root, check=True)
        result = self.shell("cat /proc/self/mountinfo; echo file > /root/file")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertNotRegex(result.stdout, "master:|shared:")
        self.assertEqual((self.root / "root/file").read_text(), "file\n")

    def test_a_damaged_image(self):
        image = self.image()
        with open(image, "r+b") as file:
            file.seek(1024)
            file.write(b"\xff" * 1024)
        before = run("losetup", "-a", check=True).stdout
        self.assertFails(self.launch("--", "true", root=image), "cannot mount .*web.ext4 as ext4")
        self.assertEqual(run("losetup", "-a", check=True).stdout, before)

    def test_roots_that_are_none(self):
        os.mkfifo(self.dir / "fifo")
        for path in ("/", "/dev/null", self.dir / "fifo", self.dir / "nothing"):
            with self.subTest(path):
                self.assertFails(self.launch("--", "true", root=path))


class Managing(Launching):
    def test_exec(self):
        with self.running():
            result = self.exec("sh", "-c", "echo out; echo err >&2; cat /proc/1/comm; exit 5")
            self.assertEqual(result.returncode, 5, result.stderr)
            self.assertEqual((result.stdout, result.stderr), ("out\nselns-run\n", "err\n"))
            self.assertEqual(self.exec("sh", "-c", "kill -15 $$").returncode, 143)
            self.assertEqual(self.exec("hostname").stdout, self.name + "\n")
            self.assertFails(self.exec("nothing"), "cannot execute nothing")
            seen = self.exec("sh", "-c", "cat /proc/self/status; ls -l /proc/self/fd; ls /proc").stdout
            self.assertIn("Seccomp:\t2", seen)
            self.assertNotRegex(seen, r"-> (/run/selns-run|socket)")
            self.assertEqual({n for n in seen.split() if n.isdigit() and int(n) > 300000}, set())
            refused = run(LAUNCHER, "exec", "--context", "a:b:c", self.name, "--", "true")
            self.assertFails(refused, "makes no use of SELinux")

    def test_the_worker_has_no_host_file_open_but_the_image(self):
        with self.running() as process:
            self.exec("true")  # until it serves, it is still being set up
            worker = self.worker_of(process)
            links = sorted(os.readlink(f"/proc/{worker}/fd/{fd}") for fd in os.listdir(f"/proc/{worker}/fd"))
            kinds = {re.sub(r":?\[.*", "", link) for link in links}
            own = {"/", "/dev/pts", "/dev/null", "socket", "pid", "anon_inode"}  # the container's
            self.assertEqual(kinds - own, {str(self.root)}, links)
            self.assertLessEqual(len(links), 11, links)
            null = os.stat(f"/proc/{worker}/fd/0")
            self.assertNotEqual((null.st_dev, null.st_ino), (os.stat("/dev/null").st_dev, os.stat("/dev/null").st_ino))

    def test_streams_of_a_container(self):
        self.check_streams([LAUNCHER, "--without-selinux", "--name", self.name, self.root, "--", "sh", "-c"])

    def test_streams_of_exec(self):
        with self.running():
            self.check_streams([LAUNCHER, "exec", self.name, "--", "sh", "-c"])

    def check_streams(self, command):
        def carry(script, stdin=subprocess.DEVNULL, **options):
            if "input" in options:
                stdin = None
            return subprocess.run([*command, script], stdin=stdin, capture_output=True, timeout=60, **options)

        # Nothing of the host's is given in.
        with open("/etc/hostname") as own:
            self.assertRegex(carry("for f in 0 1 2; do readlink /proc/$$/fd/$f; done", own).stdout.decode(),
                             r"^(pipe:\[\d+\]\n){3}$")
        data = os.urandom(3_000_000)
        carried = carry("cat", input=data)
        self.assertEqual((carried.stdout == data, carried.stderr, carried.returncode), (True, b"", 0))
        self.assertEqual(carry("cat >&2", input=data).stderr, data)
        # Who goes is missed on the other side.
        headed = subprocess.run(["sh", "-c", '"$@" | head -c 3', "sh", *command, "while echo no; do :; done"],
                                capture_output=True, timeout=60)
        self.assertEqual(headed.stdout, b"no\n")
        rest, end = os.pipe()
        os.write(end, b"first\n")
        self.assertEqual(carry("read word; echo $word", rest).stdout, b"first\n")
        os.close(end)
        os.close(rest)
        # What a command leaves behind holds nobody up.
        self.assertEqual(carry("sleep 1000 & echo started").stdout, b"started\n")

    def test_exec_hands_signals_on(self):
        with self.running():
            process = subprocess.Popen([LAUNCHER, "exec", self.name, "--", "sh", "-c",
                                        "trap 'exit 9' TERM; echo set; while :; do sleep 0.1; done"],
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
            self.addCleanup(process.stdout.close)
            self.assertEqual(process.stdout.readline(), "set\n")
            process.terminate()
            self.assertEqual(process.wait(20), 9)

    def test_exec_on_a_terminal(self):
        with self.running():
            pid, terminal = self.on_terminal("exec", self.name, "--", "sh", "-c", "stty -echo; echo on $(tty); "
                                             "read word; echo got $word; stty size; exit 6")
            set_size(terminal, 33, 77)
            seen = read_until(terminal, "on /dev/pts/")
            os.write(terminal, b"hello\n")
            seen += read_until(terminal, "33 77")
            self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 6, seen)
            self.assertIn("got hello", seen)

    def on_terminal(self, *arguments):
        pid, terminal = pty.fork()
        if pid == 0:
            os.execv(LAUNCHER, [LAUNCHER, *map(str, arguments)])
        self.addCleanup(os.close, terminal)
        return pid, terminal

    def test_a_command_on_a_terminal(self):
        pid, terminal = self.on_terminal("--without-selinux", "--name", self.name, self.root, "--", "sh", "-c",
                                         "stty -echo; echo on $(tty); read word; echo got $word; exit 6")
        seen = read_until(terminal, "on /dev/pts/0")
        os.write(terminal, b"hello\n")
        seen += read_until(terminal, "got hello")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 6, seen)
        self.assertIn("got hello", seen)

    def test_a_way_out_of_a_console(self):
        pid, terminal = self.on_terminal("--without-selinux", "--name", self.name, self.root, "--", "sh", "-c",
                                         "trap '' INT TERM HUP; echo up; while :; do sleep 0.1; done")
        read_until(terminal, "up")
        os.write(terminal, b"\x03\x1d\x1d")
        os.write(terminal, b"\x1d")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 137)

    def test_list_stop_and_names(self):
        with self.running() as process:
            listed = run(LAUNCHER, "list", check=True).stdout
            self.assertRegex(listed, rf"(?m)^{self.name} +{process.pid}  no SELinux +{self.root}$")
            # Of the container, not of the launcher that is listed.
            for what in (process.pid, self.name):
                status = run(LAUNCHER, "status", str(what), check=True).stdout
                self.assertRegex(status, rf"(?m)^name +{self.name}$")
                first = int(re.search(r"(?m)^process +(\d+)$", status)[1])
                self.assertEqual(pathlib.Path(f"/proc/{first}/comm").read_text(), "sh\n")
                self.assertNotEqual(os.readlink(f"/proc/{first}/ns/pid"), os.readlink("/proc/self/ns/pid"))
            told = json.loads(run(LAUNCHER, "status", "--json", self.name, check=True).stdout)
            self.assertIn(told, json.loads(run(LAUNCHER, "list", "--json", check=True).stdout))
            self.assertEqual((told["image"], told["launcher"], told["process"], told["selinux_namespace"],
                              told["policy"]), (str(self.root), process.pid, first, "none", None))
            self.assertFails(self.launch("--", "true"), "is in use by another container")
            other = make_tree(self.dir / "other", self.plain)
            self.assertFails(self.launch("--", "true", root=other), "is running already")
            self.assertEqual(run(LAUNCHER, "stop", self.name).returncode, 0)
            process.wait(20)
        self.assertNotIn(self.name, run(LAUNCHER, "list", check=True).stdout)
        self.assertFails(self.exec("true"), f"there is no container {self.name}")
        self.assertFails(run(LAUNCHER, "stop", "../x"), "there is no container")

    def test_what_a_killed_launcher_left_ends_before_another_container_begins(self):
        with self.running() as process:
            self.exec("true")
            worker = self.worker_of(process)
            os.kill(worker, signal.SIGSTOP)  # so that it cannot end its container
            process.kill()
            process.wait()
            self.assertEqual(self.shell("exit 5").returncode, 5)
            self.assertFalse(os.path.exists(f"/proc/{worker}/root/bin"))
            process.stdout.read()

    def test_a_launcher_killed_at_any_moment_leaves_nothing(self):
        chance = random.Random(17)
        started = time.monotonic()
        self.assertEqual(self.shell("exit 5").returncode, 5)
        takes = time.monotonic() - started
        for _ in range(100 if os.environ.get("SELNS_FULL_TESTS") else 8):
            moment = chance.uniform(0, takes)
            process = subprocess.Popen([LAUNCHER, "--without-selinux", "--name", self.name, self.root, "--", "sleep",
                                        "1000"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT)
            time.sleep(moment)
            process.kill()
            process.communicate(timeout=20)
            self.await_end(f"killed after {moment} s")
            self.assertEqual(run(LAUNCHER, "list", check=True).stdout, "", f"killed after {moment} s")
            self.assertEqual(host_state(), self.before, f"killed after {moment} s")

    def await_end(self, what):
        """The worker ends what its killed launcher has started, before anybody clears it away."""
        for _ in range(100):
            alive = [path for mount in host_state()[2] for path in pathlib.Path(mount).rglob("cgroup.procs")
                     if path.exists() and path.read_text()]
            if not alive:
                return
            time.sleep(0.1)
        self.fail(f"{what}: {alive} goes on")

    def test_a_full_disk_is_told(self):
        with self.running(), open("/dev/full", "w") as full:
            result = subprocess.run([LAUNCHER, "exec", self.name, "--", "sh", "-c", "echo lost"],
                                    stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True,
                                    timeout=30)
            self.assertFails(argparse.Namespace(returncode=result.returncode, stdout="", stderr=result.stderr),
                             "cannot write what the command said: No space left")

    def test_the_hosts_terminal_is_out_of_reach(self):
        pid, terminal = self.on_terminal("--without-selinux", "--name", self.name, self.root, "--", "sh", "-c",
                                         "for p in 1 $$; do cat /proc/$p/stat | head -n1; done; echo end")
        seen = read_until(terminal, "end")
        os.waitpid(pid, 0)
        # tty_nr is the seventh value: none for the first process, a terminal inside for the command.
        values = [line.split(") ")[1].split() for line in seen.replace("\r", "").splitlines() if ") " in line]
        self.assertEqual(values[0][4], "0", seen)
        self.assertNotEqual(values[0][3], str(os.getsid(0)))

    def test_a_killed_launcher_is_cleared_away(self):
        with self.running() as process:
            process.kill()
            process.wait()
            process.stdout.read()  # as long as the container has it open
            self.assertNotIn(self.name, run(LAUNCHER, "list", check=True).stdout)
            result = self.shell("echo again")
            self.assertEqual((result.returncode, result.stdout), (0, "again\n"), result.stderr)


def make_tree(target, source):
    shutil.copytree(source, target, symlinks=True, copy_function=os.link)
    return target


def set_size(terminal, rows, columns):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def read_until(terminal, text, limit=20):
    seen = ""
    end = time.monotonic() + limit
    while text not in seen and time.monotonic() < end:
        if select.select([terminal], [], [], 0.5)[0]:
            try:
                seen += os.read(terminal, 4096).decode(errors="replace")
            except OSError:
                break
    return seen


class Refusals(support.TestCase):
    """What is said before anything is done."""

    def test_a_kernel_without_namespaces(self):
        root = self.dir / "root"
        root.mkdir()
        for mode in ("required", "auto", "none"):
            if os.path.exists("/sys/fs/selinux") and mode != "required":
                continue
            result = run(LAUNCHER, f"--selinux-namespace={mode}", root)
            self.assertFails(result, 125, "this kernel has no SELinux")
        self.assertEqual(list(root.iterdir()), [])

    def test_a_host_is_not_entered(self):
        result = run(LAUNCHER, "enter", "--without-selinux", "--", "true")
        self.assertFails(result, 125, "`enter` is for the first process of a container")

    def test_usage(self):
        for arguments in (["--nonsense", "x"], ["exec", "x"], ["stop"], ["unshare"], ["--limit=x", "y"]):
            result = run(LAUNCHER, *arguments)
            self.assertEqual(result.returncode, 125)
            self.assertIn("see `selns-run --help`", result.stderr)
        self.assertIn("usage: selns-run", run(LAUNCHER, "--help", check=True).stdout)


# A host without a policy: the init of a virtual machine's initramfs. It runs the lines of /commands,
# the words of each parted by tabs; "&" before the first: in the background, its output in
# /console; "await FILE TEXT", "processes" and "show FILE" it does itself.
HOST = r'''
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static char text[1 << 20];
static const char* get(const char* path) {
    int file = open(path, O_RDONLY);
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    text[got > 0 ? got : 0] = 0;
    return text;
}
static void load(const char* name) {
    int file = open(name, O_RDONLY);
    syscall(SYS_finit_module, file, "", 0);
    close(file);
}
static void processes(void) {
    DIR* proc = opendir("/proc");
    for (struct dirent* entry; (entry = readdir(proc));) {
        char path[300];
        if (atoi(entry->d_name) == 0)
            continue;
        snprintf(path, sizeof path, "/proc/%s/comm", entry->d_name);
        printf("host sees %.*s", (int)strcspn(get(path), "\n"), text);
        snprintf(path, sizeof path, "/proc/%s/attr/current", entry->d_name);
        printf(" %s\n", get(path));
    }
}
int main(void) {
    char line[4096];
    char* words[64];
    int console, status;
    mkdir("/proc", 0755), mkdir("/sys", 0755), mkdir("/run", 0755);
    mount("devtmpfs", "/dev", "devtmpfs", 0, "mode=0755");
    console = open("/dev/ttyS0", O_RDWR);
    dup2(console, 0), dup2(console, 1), dup2(console, 2);
    mount("proc", "/proc", "proc", 0, 0);
    mount("sysfs", "/sys", "sysfs", 0, 0);
    mount("tmpfs", "/run", "tmpfs", 0, "mode=0755");
    for (int i = 0; i < 100; ++i) {
        snprintf(line, sizeof line, "/modules/%02d", i);
        if (access(line, F_OK) == 0)
            load(line);
    }
    while (access("/dev/vda", F_OK) != 0)
        usleep(50000);
    FILE* commands = fopen("/commands", "r");
    while (fgets(line, sizeof line, commands)) {
        int count = 0;
        int background = line[0] == '&';
        line[strcspn(line, "\n")] = 0;
        printf("> %s\n", line);
        fflush(stdout);
        for (char* word = strtok(line + background, "\t"); word; word = strtok(0, "\t"))
            words[count++] = word;
        words[count] = 0;
        if (strcmp(words[0], "await") == 0) {
            for (int i = 0; i < 1200 && !strstr(get(words[1]), words[2]); ++i)
                usleep(100000);
        } else if (strcmp(words[0], "show") == 0) {
            printf("%s", get(words[1]));
        } else if (strcmp(words[0], "processes") == 0) {
            processes();
        } else {
            pid_t child = fork();
            if (child == 0) {
                if (background) {
                    int log = open("/console", O_WRONLY | O_CREAT | O_TRUNC, 0600);
                    dup2(open("/dev/null", O_RDONLY), 0), dup2(log, 1), dup2(log, 2);
                }
                execv(words[0], words);
                _exit(99);
            }
            if (!background) {
                waitpid(child, &status, 0);
                printf("\n> status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
            }
        }
        fflush(stdout);
    }
    printf("> end\n");
    sync();
    sleep(1);
    reboot(RB_POWER_OFF);
}
'''

# What the build derives from the image's file contexts.
OBJECTS = {"/dev": "device_t", "/dev/null": "null_device_t", "/dev/zero": "zero_device_t",
           "/dev/full": "null_device_t", "/dev/random": "random_device_t", "/dev/urandom": "urandom_device_t",
           "/dev/tty": "devtty_t", "/dev/pts": "devpts_t", "/dev/pts/ptmx": "ptmx_t", "/dev/shm": "tmpfs_t",
           "/dev/console": "console_device_t", "/run": "var_run_t", "/tmp": "tmp_t", "/sys/fs/cgroup": "cgroup_t",
           "/nothing/here": "etc_t"}
DIRECTORIES = {"/run/systemd": "init_runtime_t", "/run/systemd/journal": "syslogd_runtime_t",
               "/run/udev": "udev_runtime_t", "/run/dbus": "system_dbusd_runtime_t", "/run/lock": "var_lock_t",
               "/run/user": "user_runtime_root_t", "/run/log": "var_log_t", "/run/log/journal": "systemd_journal_t",
               "/run/systemd/units": "init_runtime_t", "/run/systemd/system": "init_runtime_t",
               "/run/systemd/seats": "systemd_sessions_runtime_t",
               "/run/systemd/sessions": "systemd_sessions_runtime_t",
               "/run/systemd/users": "systemd_logind_runtime_t", "/run/systemd/machines": "systemd_machined_runtime_t",
               "/run/systemd/netif": "systemd_networkd_runtime_t",
               "/run/systemd/ask-password": "systemd_passwd_runtime_t",
               "/run/systemd/inaccessible": "init_runtime_t"}
MODULE = """(typetransition init_t syslogd_runtime_t sock_file "socket" devlog_t)
(typetransition init_t syslogd_runtime_t sock_file "stdout" devlog_t)
(typetransition init_t syslogd_runtime_t sock_file "syslog" devlog_t)
(typetransition init_t syslogd_runtime_t sock_file "dev-log" devlog_t)
(allow domain init_runtime_t (file (getattr open read ioctl)))
(allow console_device_t devpts_t (filesystem (associate)))
"""
MODULES = ["virtio/virtio_ring", "virtio/virtio", "virtio/virtio_pci_legacy_dev", "virtio/virtio_pci_modern_dev",
           "virtio/virtio_pci", "block/virtio_blk"]


def context(name):
    return f"system_u:object_r:{name}:s0"


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "boots virtual machines")
class InMachine(support.TestCase):
    """An unmodified Debian 12 on its stock kernel, whose one SELinux namespace gets the policy."""

    KERNEL = pathlib.Path(support.KERNEL_CACHE + "/debian-kernel")

    def build_image(self, logs=()):
        text = (support.SOURCE / "examples/quickstart.yaml").read_text()
        text = text.replace("  mode: permissive", "  mode: permissive\n  modules: [launch.cil]")
        text = text.replace("images: [tar, ext4]", "images: [ext4]").replace("launch: { kernel: debian }", "")
        self.write("launch.cil", MODULE)
        shutil.copytree(support.SOURCE / "examples/quickstart", self.dir / "quickstart", dirs_exist_ok=True)
        for number, log in enumerate(logs):
            self.write(f"quickstart/{number}.log", log)
        self.build(self.write("quickstart.yaml", text), "-o", self.dir / "out")
        table = {"schema": 1, "name": "web", "policy": {"type": "default"}, "container": {
            "labels": [{"path": path, "context": context(name)} for path, name in OBJECTS.items()],
            "directories": [{"path": path, "mode": "1777" if path == "/run/lock" else "0755", "context": context(name)}
                            for path, name in DIRECTORIES.items()]}}
        self.write("launch.json", json.dumps(table))
        return self.dir / "out/quickstart.ext4"

    def host(self, image, *commands):
        """What a host that runs COMMANDS says."""
        selns = support.selns("kernel", "build", "debian", "-o", self.KERNEL, cache=support.KERNEL_CACHE)
        self.assertEqual(selns.returncode, 0, selns.stderr)
        top = pathlib.Path(tempfile.mkdtemp(dir=self.dir))
        (top / "modules").mkdir()
        (top / "dev").mkdir()
        drivers = next((self.KERNEL / "lib/modules").iterdir()) / "kernel/drivers"
        for number, module in enumerate(MODULES):
            shutil.copy(drivers / f"{module}.ko", top / f"modules/{number:02}")
        (top / "commands").write_text("".join("\t".join(words) + "\n" for words in commands))
        shutil.copy(self.dir / "launch.json", top)
        shutil.copy(LAUNCHER, top / "selns-run")
        source = self.write("host.c", HOST)
        run("cc", "-O1", "-w", "-static", "-o", top / "init", source, check=True)
        with open(self.dir / "initrd", "wb") as archive:
            subprocess.run("find . | cpio -o -H newc --quiet", shell=True, cwd=top, stdout=archive, check=True)
        copy = self.dir / "disk.ext4"
        shutil.copy(image, copy)
        run("qemu-system-x86_64", "-nodefaults", "-no-reboot", "-display", "none", "-accel", "tcg", "-cpu", "max",
            "-m", "1G", "-kernel", self.KERNEL / "vmlinuz", "-initrd", self.dir / "initrd",
            "-append", "security=selinux selinux=1 quiet panic=-1 printk.devkmsg=on audit_backlog_limit=8192",
            "-drive", f"file={copy},format=raw,if=none,id=root,cache=unsafe", "-device",
            "virtio-blk-pci,drive=root", "-device", "virtio-rng-pci", "-chardev",
            f"file,id=console,path={self.dir / 'console'}", "-serial", "chardev:console", check=True, timeout=600)
        said = (self.dir / "console").read_bytes().decode(errors="replace").replace("\0", "").replace("\r", "")
        self.assertIn("> end", said)
        return said

    def launch(self, mode, *more):
        return [("&/selns-run", "--selinux-namespace=none", "--launch", "/launch.json", "--denials", "/denials", mode,
                 "/dev/vda"),
                ("await", "/console", "login:"), ("processes",), *more,
                ("/selns-run", "stop", "web"), ("show", "/denials")]

    # Where a process comes to that enters its mount namespace anew after the root has been unmounted.
    BELOW = """open N, "/proc/self/ns/mnt"; $r = "/"; syscall(166, $r, 2) and print "umount $!\\n";
               syscall(308, fileno N, 0x20000) and print "setns $!\\n"; for $d (qw(dev proc sys run modules)) {
               opendir D, "/$d"; print "below $d: ", scalar(grep !/^[.]/, readdir D), "\\n" }""".replace("\n", "")

    def test_a_debian_in_the_initial_namespace(self):
        below = ("/selns-run", "--without-selinux", "--name", "below", "/dev/vda", "--", "perl", "-e", self.BELOW)
        said = self.host(self.build_image(), ("/selns-run", "/dev/vda"), below, *self.launch("--permissive"),
                         ("/selns-run", "--selinux-namespace=auto", "--launch", "/launch.json", "/dev/vda"))
        self.assertIn("this kernel has no SELinux namespaces: it is older", said)
        # The kernel itself makes a /dev/console.
        self.assertEqual(re.findall("(?m)^below (.*)", said),
                         ["dev: 1", "proc: 0", "sys: 0", "run: 0", f"modules: {len(MODULES)}"])
        self.assertIn("has no SELinux namespaces, and a policy is loaded already", said)
        log = "".join(re.findall(r"(?m)^type=AVC msg=.*\n", said))
        self.assertLess(log.count("\n"), 10, log)

        inside = ("/selns-run", "exec", "web", "--")
        said = self.host(self.build_image([log]), *self.launch(
            "--enforcing", (*inside, "systemctl", "--failed", "--no-legend", "--no-pager"),
            (*inside, "cat", "/proc/1/attr/current", "/proc/self/attr/current"), (*inside, "getenforce"),
            (*inside, "ls", "-dZ", "/dev/null", "/run/systemd/journal", "/run/systemd/journal/socket", "/run/lock"),
            (*inside, "ls", "/proc"),
            ("/selns-run", "exec", "--context", "system_u:system_r:unconfined_t:s0", "web", "--", "cat",
             "/proc/self/attr/current")))
        for process, domain in (("systemd", "init_t"), ("systemd-journal", "syslogd_t"), ("agetty", "getty_t"),
                                ("dbus-daemon", "system_dbusd_t"), ("selns-run", "kernel_t")):
            self.assertIn(f"host sees {process} system_u:system_r:{domain}:s0", said)
        self.assertNotIn("type=AVC", said)
        self.assertNotIn("failed failed", said)
        self.assertIn("system_u:system_r:init_t:s0system_u:system_r:initrc_t:s0", said)
        self.assertIn("system_u:system_r:unconfined_t:s0", said)
        self.assertIn("Enforcing", said)
        for path, name in (("/dev/null", "null_device_t"), ("/run/systemd/journal", "syslogd_runtime_t"),
                           ("/run/systemd/journal/socket", "devlog_t"), ("/run/lock", "var_lock_t")):
            self.assertRegex(said, rf"{context(name)} +{path}\n")
        # The host has kernel threads without end; the container has its own few processes.
        seen = said.split("> /selns-run\texec\tweb\t--\tls\t/proc\n")[1].split("> status")[0]
        self.assertLess(sum(word.isdigit() for word in seen.split()), 15, seen)


if __name__ == "__main__":
    unittest.main()
