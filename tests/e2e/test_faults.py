"""Whatever breaks a build, nothing half-written is left under a final name, and the next run is as if
nothing had happened: kills at random moments, calls of the system that fail one after the other, disks
that are full at each size."""

import errno
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import support
from support import PROGRAM, needs_root, run
from test_sources import POLICY, PROGRAMS, STORE, add_files, add_policy, add_programs, pack

HERE = pathlib.Path(__file__).resolve().parent
STATUSES = (0, 1, 3, 4)
RAW = ("terminate called", "Sanitizer", "filesystem error", "json.exception", "std::", "basic_")


def members(session):
    """The processes of SESSION that are no zombies."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(its) == session and state not in "ZX":
            found.append(int(path.parent.name))
    return found


def hashes(directory):
    """Of all files but temporary ones."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in directory.iterdir() if not path.name.startswith(".")}


@unittest.skipUnless(POLICY.exists() and STORE.exists(), "needs the package selinux-policy-default")
class Faults(unittest.TestCase):
    """One recipe for all tests of a class, always built to the same place, so that all outputs can be
    compared with those of a build that nothing disturbed."""

    modules = ("base",)  # of Debian's policy, which takes seconds to commit as a whole
    commands = ()  # that run in the root

    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="selns-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        cls.dir.chmod(0o755)
        cls.out, cls.cache, cls.temporary = (cls.dir / name for name in ("out", "cache", "tmp"))
        root = cls.dir / "root"
        root.mkdir()
        add_policy(root)
        shutil.copytree(STORE, root / "var/lib/selinux/default", symlinks=True, ignore=cls.left_out)
        add_files(root)
        if cls.commands:
            add_programs(root, PROGRAMS)
        pack(root, cls.dir / "root.tar")
        cls.recipe = cls.dir / "image.yaml"
        cls.clear()
        cls.after, cls.takes = cls.make_reference("enforcing")
        cls.before, _ = cls.make_reference("permissive")
        cls.write_recipe("enforcing")

    @classmethod
    def left_out(cls, directory, names):
        in_modules = directory.endswith("modules/100") and cls.modules
        return [name for name in names if in_modules and name not in cls.modules]

    @classmethod
    def write_recipe(cls, mode):
        cls.recipe.write_text("name: image\nfrom: { archive: { file: root.tar } }\nimages: [tar, ext4]\n"
                              f"selinux: {{ mode: {mode}, booleans: {{ secure_mode: true }} }}\n"
                              f"commands: {json.dumps(cls.commands)}\n")

    @classmethod
    def make_reference(cls, mode):
        """The outputs of a build that nothing disturbed, and how many seconds it took."""
        cls.write_recipe(mode)
        begun = time.monotonic()
        said = cls.run_build()
        assert said.returncode == 0, said.stderr
        shutil.copytree(cls.out, cls.dir / mode)
        return hashes(cls.out), time.monotonic() - begun

    @classmethod
    def clear(cls):
        """As before a first build."""
        for directory in (cls.out, cls.cache, cls.temporary):
            shutil.rmtree(directory, ignore_errors=True)
            directory.mkdir(exist_ok=True)
        cls.temporary.chmod(0o1777)

    @classmethod
    def clear_but_outputs(cls):
        """Outputs of another recipe are there, and nothing in the cache."""
        cls.clear()
        shutil.copytree(cls.dir / "permissive", cls.out, dirs_exist_ok=True)

    @classmethod
    def command(cls):
        return [PROGRAM, "build", cls.recipe, "-o", cls.out, "--progress", "json"]

    @classmethod
    def run_build(cls, **changes):
        return run(*cls.command(), env=cls.environment(**changes), timeout=600)

    @classmethod
    def environment(cls, **changes):
        return support.environment(cls.cache, TMPDIR=str(cls.temporary), **changes)

    def assertOneError(self, said):
        """Each line is an event, and one of them the error that the status promises."""
        for raw in RAW:
            self.assertNotIn(raw, said.stderr)
        self.assertIn(said.returncode, STATUSES, said.stderr)
        events = [json.loads(line) for line in said.stderr.splitlines()]
        errors = [event for event in events if event["event"] == "error"]
        self.assertEqual([event["status"] for event in errors], [said.returncode] if said.returncode else [],
                         said.stderr)
        for event in errors:
            if event["status"] != 4:  # else it is what a tool said
                self.assertRegex(event.get("file", "") + event["message"], r"/[\w.+-]+/", "no place")

    def assertWhole(self, complete=False):
        """Each output is the one of before, or the new one."""
        found = hashes(self.out)
        if complete:
            self.assertEqual(found, self.after)
        for name, value in found.items():
            self.assertIn(value, (self.before.get(name), self.after.get(name)), f"{name} is neither old nor new")
        if (self.out / "image.manifest.json").exists():  # then it tells what is there
            for artifact in support.manifest(self.out)["artifacts"]:
                digest = hashlib.sha256((self.out / artifact["file"]).read_bytes()).hexdigest()
                self.assertEqual(digest, artifact["sha256"], artifact["file"])

    def assertEnds(self, session):
        deadline = time.monotonic() + 20
        while members(session) and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual([(pid, pathlib.Path(f"/proc/{pid}/cmdline").read_bytes())
                          for pid in members(session)], [])

    def leftovers(self):
        kept = [self.cache / "selns-build" / name for name in ("staging", "locks", "run")]
        found = [path for directory in [*kept, self.temporary] for path in directory.rglob("*")]
        for top in (self.cache, self.out):
            found += [path for path in top.rglob("*") if path.name.startswith(".")]
        return sorted(found)

    def assertRecovers(self):
        """The next run is right, and leaves nothing of the one before."""
        said = self.run_build()
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertOneError(said)
        self.assertEqual(hashes(self.out), self.after)
        self.assertEqual(self.leftovers(), [])


class Kills(Faults):
    """At random moments: the program alone, which takes along what it started, or all of it."""

    modules = ()
    count = int(os.environ.get("SELNS_KILLS", 100))

    def kill_after(self, delay, everything):
        with (self.dir / "said").open("w") as said:
            child = subprocess.Popen(self.command(), env=self.environment(), stdin=subprocess.DEVNULL,
                                     stdout=said, stderr=said, start_new_session=True)
            time.sleep(delay)
            for pid in members(child.pid) if everything else [child.pid]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            status = child.wait()
        self.assertIn(status, (0, -signal.SIGKILL), (self.dir / "said").read_text())
        self.assertEnds(child.pid)
        self.assertWhole(complete=status == 0)

    def test_kills(self):
        chance = random.Random(os.environ.get("SELNS_SEED", "16"))
        for number in range(self.count):
            delay = chance.uniform(0, self.takes)
            with self.subTest(number=number, delay=round(delay, 3)):
                self.clear_but_outputs()
                self.kill_after(delay, number % 2 == 0)
                if number % 5 == 4:  # what was left meets another kill
                    self.kill_after(chance.uniform(0, self.takes), True)
                self.assertRecovers()


class FailingCalls(Faults):
    """The first call of a kind fails, then the second, and so on until a build has no more of them."""

    step = 1
    first = 1
    kinds = ("open", "write", "sync", "rename")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        run("cc", "-shared", "-fPIC", "-O1", "-o", cls.dir / "fault.so", HERE / "fault.c", "-ldl", check=True)

    def build_with_fault(self, kind, number, error):
        """What it said, and how many calls of that kind there were."""
        counter = self.dir / "count"
        counter.write_bytes(bytes(4096))
        said = self.run_build(LD_PRELOAD=str(self.dir / "fault.so"), FAULT_COUNT=str(counter), FAULT_CALLS=kind,
                              FAULT_AT=str(number), FAULT_ERRNO=str(error))
        return said, int.from_bytes(counter.read_bytes()[:8], "little")

    def fail_each(self, kind):
        errors = (errno.EMFILE, errno.EACCES) if kind == "open" else (errno.EIO, errno.ENOSPC)
        number = self.first
        while True:
            error = errors[number // self.step % 2]
            with self.subTest(kind=kind, number=number, error=errno.errorcode[error]):
                self.clear_but_outputs()
                said, count = self.build_with_fault(kind, number, error)
                self.assertOneError(said)
                if said.returncode in (1, 3):
                    self.assertIn(os.strerror(error), said.stderr)
                self.assertWhole(complete=said.returncode == 0)
                self.assertRecovers()
                if count < number:
                    return
            number += self.step

    def test_each_call(self):
        for kind in self.kinds:
            self.fail_each(kind)


@needs_root
class FullDisks(Faults):
    """A small file system for outputs or the cache, of every size up to one that will do."""

    places = {"out": 1 << 20, "cache": 1 << 20}  # bytes of a step

    def mount(self, place, size):
        said = run("mount", "-t", "tmpfs", "-o", f"size={size},mode=1777", "none", place)
        if said.returncode != 0:
            self.skipTest("needs mount: " + said.stderr)
        self.addCleanup(run, "umount", "-l", place)

    def fill(self, place, step):
        for size in range(step, 1 << 30, step):
            with self.subTest(place=place.name, size=size):
                self.clear()
                self.mount(place, size)
                said = self.run_build()
                self.assertOneError(said)
                self.assertWhole(complete=said.returncode == 0)
                if said.returncode:
                    self.assertIn("space", said.stderr)
                run("mount", "-o", "remount,size=1g", place, check=True)
                self.assertRecovers()
            self.doCleanups()
            if said.returncode == 0:
                return

    def test_each_size(self):
        for name, step in self.places.items():
            self.fill(self.dir / name, step)


class FullTemporary(FullDisks):
    """The same for temporary files; commands need a root there."""

    commands = ("true",)
    places = {"tmp": 2 << 20}


class Sample(FailingCalls):
    """A little of all that, for every day: a disk that is full when a policy was committed, a kill."""

    def test_each_call(self):
        self.clear_but_outputs()
        said, _ = self.build_with_fault("rename", 5, errno.ENOSPC)  # 4: an index, which is left out then
        self.assertOneError(said)
        self.assertIn("cache/selns-build/policy/", said.stderr)
        self.assertWhole()
        Kills.kill_after(self, self.takes / 2, everything=False)
        self.assertRecovers()


if __name__ == "__main__":
    unittest.main()
