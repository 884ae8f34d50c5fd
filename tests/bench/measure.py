"""What the benches of builds share."""

import json
import pathlib
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(sys.argv[1] if len(sys.argv) > 1
                       else SOURCE / "build/release/cmd/selns-build/selns-build").resolve()


def timed(argv, env):
    begun = time.monotonic()
    result = subprocess.run([str(word) for word in argv], env=env, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True)
    elapsed = time.monotonic() - begun
    if result.returncode != 0:
        sys.exit(f"{argv} failed:\n{result.stderr}")
    return elapsed, result


def policy_seconds(result):
    """The time of the policy commits that were made, from the events of a build."""
    events = [json.loads(line) for line in result.stderr.splitlines() if line.startswith("{")]
    return sum(event.get("elapsed_ms", 0) / 1000 for event in events
               if event.get("event") == "finished" and event.get("step") == "policy"
               and not event.get("cached"))


def report(name, value, limit, unit="s"):
    print(f"{name:<58} {value:7.2f} {unit:<3} {limit}")
