"""^C and a kill at any moment leave no half-written artifact, no mount and no temporary root."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

import support
from support import PROGRAM, SOURCE, selns

RECIPE = SOURCE / "examples/quickstart.yaml"


def mounts():
    return [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text().splitlines()]


class Interrupted(support.TestCase):
    def start(self, recipe=RECIPE, cache=support.CACHE):
        env = support.environment(cache, TMPDIR=str(self.temporary))
        os.makedirs(cache, exist_ok=True)
        return subprocess.Popen(
            [PROGRAM, "build", str(recipe), "-o", str(self.dir / "out"), "--progress", "json"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env=env)

    def setUp(self):
        super().setUp()
        self.dir.chmod(0o755)
        self.temporary = self.dir / "tmp"
        self.temporary.mkdir()
        self.temporary.chmod(0o1777)
        self.before = mounts()

    def wait_for(self, child, step, delay=0.0):
        for line in child.stderr:
            if f'"{step}"' in line:
                time.sleep(delay)
                return
        self.fail(f"no step {step}")

    def finish(self, child):
        child.stderr.read()
        child.stderr.close()
        return child.wait(timeout=120)

    def assertClean(self):
        self.assertEqual(mounts(), self.before)
        out = self.dir / "out"
        self.assertEqual(support.leftovers(out) if out.exists() else [], [])
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_interrupt_in_each_step(self):
        for step in ("tree", "policy", "label", "image"):
            with self.subTest(step):
                child = self.start()
                self.wait_for(child, step)
                child.send_signal(signal.SIGINT)
                status = self.finish(child)
                # The last steps may be over before the signal arrives.
                if status != 0:
                    self.assertEqual(status, 130)
                    self.assertFalse((self.dir / "out/quickstart.manifest.json").exists())
                self.assertClean()
                for path in (self.dir / "out").iterdir():
                    path.unlink()

    def test_kill_in_the_image_step(self):
        for delay in (0.0, 0.1, 0.3):
            child = self.start()
            self.wait_for(child, "image", delay)
            child.kill()
            self.finish(child)
            out = self.dir / "out"
            if (out / "quickstart.manifest.json").exists():  # it comes last
                for artifact in support.manifest(out)["artifacts"]:
                    self.assertTrue((out / artifact["file"]).exists(), artifact)
        # The next run clears what was left, and ends well.
        self.build(RECIPE, "-o", self.dir / "out")
        self.assertClean()

    def test_during_bootstrap(self):
        recipe = self.write("web.yaml", "name: web\nfrom:\n  debian: { release: bookworm }\npackages: [hello]\n")
        cache = self.dir / "cache"
        for number in (signal.SIGINT, signal.SIGKILL):
            with self.subTest(number):
                child = self.start(recipe, cache)
                self.wait_for(child, "bootstrap", 3)
                child.send_signal(number)
                status = self.finish(child)
                self.assertEqual(status, 130 if number == signal.SIGINT else -number)
                if number == signal.SIGINT:
                    self.assertClean()
        # What the kill left goes with the next run, whatever it does.
        deadline = time.monotonic() + 60
        while mounts() != self.before and time.monotonic() < deadline:
            time.sleep(0.5)
        env = support.environment(cache, TMPDIR=str(self.temporary))
        for _ in range(60):
            selns("plan", recipe, env=env)
            if not list(self.temporary.iterdir()):
                break
            time.sleep(1)
        self.assertClean()


if __name__ == "__main__":
    unittest.main()
