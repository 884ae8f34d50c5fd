"""What the end-to-end tests share: running the program, reading what it made."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("SELNS_BUILD", str(SOURCE / "build/release/cmd/selns-build/selns-build"))
CACHE = os.environ.get("SELNS_E2E_CACHE", str(SOURCE / "build/e2e-cache"))
# Kernels have a cache of their own: a build leaves its kernel beside the images as soon as there is
# one, and other tests run at the same time.
KERNEL_CACHE = CACHE + "-kernels"
EPOCH = "1790000000"


def run(*argv, env=None, check=False, **options):
    """Runs a program and returns its result with text output."""
    result = subprocess.run(
        [str(word) for word in argv], env=env, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors="surrogateescape", **options)
    if check and result.returncode != 0:
        raise AssertionError(f"{argv} failed ({result.returncode}):\n{result.stdout}\n{result.stderr}")
    return result


def environment(cache=CACHE, **changes):
    env = dict(os.environ, XDG_CACHE_HOME=str(cache), SOURCE_DATE_EPOCH=EPOCH)
    env.update(changes)
    return env


def selns(*arguments, cache=CACHE, env=None, **options):
    os.makedirs(cache, exist_ok=True)
    return run(PROGRAM, *arguments, env=env or environment(cache), **options)


class TestCase(unittest.TestCase):
    """A test with a directory of its own."""

    maxDiff = None

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="selns-e2e-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)

    def write(self, name, content, mode=None):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if mode is not None:
            path.chmod(mode)
        return path

    def build(self, *arguments, status=0, **options):
        result = selns("build", *arguments, **options)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def assertFails(self, result, status, *patterns):
        said = result.stderr + result.stdout
        self.assertEqual(result.returncode, status, said)
        for pattern in patterns:
            self.assertRegex(said, pattern)
        self.assertNotIn("terminate called", said)
        self.assertNotIn("Sanitizer", said)


def needs_root(test):
    return unittest.skipUnless(os.geteuid() == 0, "needs root: unpacks owners, devices and labels")(test)


def manifest(directory):
    (path,) = pathlib.Path(directory).glob("*.manifest.json")
    return json.loads(path.read_text())


def unpack(tar, root):
    """Unpacks an image as a user would."""
    pathlib.Path(root).mkdir(parents=True, exist_ok=True)
    run("tar", "--xattrs", "--xattrs-include=*", "-xf", tar, "-C", root, check=True)


def semanage(root, *arguments):
    """This machine's semanage on the store of ROOT, which it can only find at the usual place.

    In a chroot nothing can be made private: what is mounted is unmounted again."""
    script = ('mount --make-rprivate / 2>/dev/null; root=$1; shift; '
              'mount --bind "$root/etc/selinux" /etc/selinux && '
              'mount --bind "$root/var/lib/selinux" /var/lib/selinux; '
              'semanage "$@"; status=$?; umount /var/lib/selinux /etc/selinux; exit $status')
    return run("unshare", "--mount", "--propagation", "unchanged", "sh", "-c", script, "sh", root,
               *arguments, check=True).stdout


def tree_hash(*paths):
    """The state of files that must not change: names, sizes, times."""
    state = []
    for top in paths:
        for path in sorted(pathlib.Path(top).rglob("*")):
            status = path.lstat()
            state.append((str(path), status.st_mode, status.st_size, status.st_mtime_ns))
    return state


def leftovers(directory):
    """Temporary names that a build leaves only when it was killed."""
    return sorted(p.name for p in pathlib.Path(directory).iterdir() if p.name.startswith("."))
