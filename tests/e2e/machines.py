"""Virtual machines of tests: played from recordings, or QEMU with another command line."""

import os
import pathlib
import sys

FAKE = '''# Stands for QEMU: each machine that it runs says what the next recording has, the last one again
# and again, and switches itself off. One whose recording is empty runs. Disks are kept
# where there is a directory for them.
import os, pathlib, sys
here = pathlib.Path(__file__).parent
recordings = sorted(here.glob("*.kernel"))

def run_qemu():
    os.environ["PATH"] = ":".join(p for p in os.environ["PATH"].split(":") if p != str(here))
    os.execvp("qemu-system-x86_64", ["qemu-system-x86_64"] + sys.argv[1:])

if "-kernel" not in sys.argv:  # the probe of an accelerator
    if any(recording.stat().st_size == 0 for recording in recordings):
        run_qemu()
    sys.exit(0)
ports = {}
for word in sys.argv:
    if word.startswith("file,id="):
        name, path = word[len("file,id="):].split(",path=")
        ports[name] = path.replace(",,", ",")
played = here / "played"
turn = int(played.read_text()) if played.exists() else 0
played.write_text(str(turn + 1))
for word in sys.argv:
    if word.startswith("file=") and (here / "disks").is_dir():
        disk = word[len("file="):].split(",format=")[0].replace(",,", ",")
        os.link(disk, here / f"disks/{turn:02}")
recording = recordings[min(turn, len(recordings) - 1)]
if recording.stat().st_size == 0:
    run_qemu()
pathlib.Path(ports["console"]).write_text("login: ")
pathlib.Path(ports["kernel"]).write_bytes(recording.read_bytes())
'''

ALTERED = '''
import os, pathlib, sys
words = sys.argv[1:]
if "-append" in words:
    at = words.index("-append") + 1
    {change}
here = str(pathlib.Path(__file__).parent)
os.environ["PATH"] = ":".join(p for p in os.environ["PATH"].split(":") if p != here)
os.execvp("qemu-system-x86_64", ["qemu-system-x86_64"] + words)
'''

START = ["[    0.000000] Linux version 6.1.0", "[    0.471320] SELinux:  Initializing.",
         "[    3.100000] selns-init: root file system mounted, starting /sbin/init"]
ENFORCING = ["[    5.288608] audit: type=1404 audit(1795343348.192:2): enforcing=1 old_enforcing=0 "
             "auid=4294967295 ses=4294967295 enabled=1 old-enabled=1 lsm=selinux res=1"]
LOADED = ["[    6.016611] audit: type=1403 audit(1795343348.920:3): auid=4294967295 "
          "ses=4294967295 lsm=selinux res=1"]
QUEUED = ["[   13.158760] systemd[1]: Queued start job for default target graphical.target."]
REACHED = ["[   18.000000] systemd[1]: Reached target graphical.target - Graphical Interface."]
AUDITD = ["[   14.500000] systemd[1]: Started auditd.service - Security Auditing Service."]
DOWN = ["[   30.000000] reboot: Restarting system"]


def failed(unit):
    return [f"[   14.000000] systemd[1]: {unit}: Failed with result 'exit-code'."]


def denied(access, source, target, tclass, enforcing=False, serial=4, **fields):
    words = " ".join(f'{name}="{value}"' for name, value in fields.items())
    return [f"[   15.280046] audit: type=1400 audit(1795343295.390:{serial}): avc:  denied  "
            f'{{ {access} }} for  pid=113 comm="a" {words} scontext={source} tcontext={target} '
            f"tclass={tclass} permissive={0 if enforcing else 1}"]


def boot(*events, enforcing=False):
    """What the kernel's port says of a boot to its target and down, with EVENTS on the way."""
    mode = ENFORCING if enforcing else []
    lines = [line for event in events for line in event]
    return START + mode + LOADED + QUEUED + lines + REACHED + DOWN


def _program(directory, text):
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True)
    program = directory / "qemu-system-x86_64"
    # Not by way of env: what PATH has may be a wrapper that changes it.
    program.write_text(f"#!{sys.executable}\n{text}")
    program.chmod(0o755)
    return {"PATH": f"{directory}:{os.environ['PATH']}"}


def played(directory, *recordings, disks=False):
    """Changes of the environment for machines that say what RECORDINGS have, lists of lines; a
    machine with None is a real one. With DISKS, theirs are left in DIRECTORY/disks."""
    changes = _program(directory, FAKE)
    if disks:
        (pathlib.Path(directory) / "disks").mkdir()
    for number, lines in enumerate(recordings):
        (pathlib.Path(directory) / f"{number:02}.kernel").write_text("\n".join(lines) + "\n" if lines else "")
    return changes


def hanging(directory, lines):
    """The same for a machine that says LINES, and does not shut down."""
    changes = played(directory, lines)
    program = pathlib.Path(directory) / "qemu-system-x86_64"
    program.write_text(program.read_text() + "import time\ntime.sleep(600)\n")
    return changes


def killed(directory, lines):
    """The same for QEMU that is killed when it said LINES."""
    changes = played(directory, lines)
    program = pathlib.Path(directory) / "qemu-system-x86_64"
    program.write_text(program.read_text() + "os.kill(os.getpid(), 9)\n")
    return changes


def silent(directory):
    """The same for a machine that does nothing."""
    return _program(directory, "import time\ntime.sleep(600)\n")


def altered(directory, change):
    """The same for QEMU, with WORDS, its command line, after the statement CHANGE; AT is the place
    of the kernel's parameters."""
    return _program(directory, ALTERED.format(change=change))
