"""What README.md and docs/ show is run as written, and its output compared.

Each block and each command in a sentence has a row in BLOCKS or COMMANDS, which says what runs it: a
test here, or one elsewhere, quick or full. What no row tells of fails the test."""

import errno
import fcntl
import importlib
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import termios
import unittest

import support
from support import SOURCE, run, selns

DOCUMENTS = [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]
FULL = os.environ.get("SELNS_FULL_TESTS") == "1"

# (file, first line): (when, by which test)
BLOCKS = {
    ("README.md", "tools/quickstart     # makes the image of examples/quickstart.yaml"):
        ("full", "test_docs.Whole.test_quickstart"),
    ("README.md", "tools/install build run"): ("full", "test_docs.Whole.test_install"),
    ("README.md", "$ selns-build examples/quickstart.yaml"): ("quick", "test_docs.Session.test_as_shown"),
    ("README.md", "$ selns-build kernel build debian"): ("full", "test_docs.Whole.test_converge"),
    ("README.md", "name: web"): ("quick", "test_docs.Recipes.test_whole"),
    ("boot.md", "boot:"): ("quick", "test_docs.Recipes.test_parts"),
    ("denials.md", "selinux:"): ("quick", "test_docs.Recipes.test_parts"),
    ("run.md", "selns-run build/web/web.ext4                    its init, on this terminal"):
        ("quick", "test_run.Containers"),
    ("run.md", '{ "schema": 1, "name": "web", "hostname": "web", "policy": { "type": "default" },'):
        ("quick", "test_run.Containers"),
    ("sources.md", "from:"): ("quick", "test_docs.Recipes.test_sources"),
    ("sources.md", "include: [shared/apt.yaml]"): ("quick", "test_docs.Recipes.test_parts"),
}

# Commands in sentences that are more than a name: (when, by which test).
COMMANDS = {
    "selns-build boot build/quickstart --console": ("full", "test_docs.Whole.test_converge"),
    "selns-build denials merge --recipe web.yaml boot.log": ("quick", "test_denials.Logs"),
    "selns-build kernel build selinuxns": ("full", "test_kernel.Whole"),
    "crun run --bundle . --config NAME.oci.json NAME": ("quick", "test_launch.Oci"),
    "cp NAME.host.cil selns-run.cil && semodule -i selns-run.cil && restorecon -v $(command -v selns-run)":
        ("full", "test_launch.HostPolicy"),
    "selns-build denials merge --policy /etc/selinux/default/policy/policy.33 --module selns-local.cil --journal":
        ("quick", "test_denials.Journal"),
    "semodule -i selns-local.cil": ("full", "test_launch.HostPolicy"),
    "selns-run IMAGE": ("quick", "test_run.Containers"),
    "selns-run enter": ("quick", "test_launch.Oci"),
}
NAMES = re.compile(r"selns-(build|run)(-NAME)?$|selns-run: ")
COMMAND = re.compile(r"`((?:selns-build|selns-run|crun|semodule|cp) ?[^`]*)`")


def blocks(document):
    """(first line, all of it) of each block."""
    for match in re.finditer(r"^```\w*\n(.*?)^```$", document.read_text(), re.S | re.M):
        yield match[1].splitlines()[0], match[1]


def block(name, first):
    """All blocks of a document that begin so."""
    return [text for line, text in blocks(next(d for d in DOCUMENTS if d.name == name)) if line == first]


def terminal(argv, folder, env):
    """What a person sees of ARGV on a terminal of 80 columns, and its status."""
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    with subprocess.Popen([str(word) for word in argv], cwd=folder, env=env, stdin=subprocess.DEVNULL,
                          stdout=other, stderr=other) as process:
        os.close(other)
        said = b""
        while True:
            try:
                piece = os.read(main, 65536)
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                break
            if not piece:
                break
            said += piece
        os.close(main)
    # A line that was drawn again is what it was at last.
    lines = said.decode().replace("\r\n", "\n").split("\n")
    return [re.sub(r".*\x1b\[K", "", line).rstrip() for line in lines], process.returncode


def plain(line):
    """Without times and sizes, and the blanks before them."""
    line = re.sub(r"\s+(cached|[0-9.]+ (ms|s|min)( [0-9]+ s)?)$", " TIME", line)
    line = re.sub(r"\b[0-9.]+ (min )?([0-9]+ )?m?s$", "TIME", line)
    line = re.sub(r"\s*\b[0-9.,]+ ([KMGT]i)?B\b", " SIZE", line)
    return line


class Blocks(unittest.TestCase):
    """Each has a test, and that test is there."""

    def assertIsTest(self, when, test):
        self.assertIn(when, ("quick", "full"))
        module, *names = test.split(".")
        found = importlib.import_module(module)
        for name in names:
            found = getattr(found, name)

    def test_each_is_run(self):
        seen = set()
        for document in DOCUMENTS:
            for first, _ in blocks(document):
                with self.subTest(document=document.name, block=first):
                    self.assertIn((document.name, first), BLOCKS, "no test runs this block")
                    self.assertIsTest(*BLOCKS[document.name, first])
                    seen.add((document.name, first))
        self.assertEqual(set(BLOCKS) - seen, set(), "blocks that are not there any more")

    def test_each_command_in_a_sentence_is_run(self):
        for document in DOCUMENTS:
            text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.S | re.M)
            for command in COMMAND.findall(text):
                with self.subTest(document=document.name, command=command):
                    if command in COMMANDS:
                        self.assertIsTest(*COMMANDS[command])
                    elif not NAMES.match(command):
                        self.assertIsSubcommand(command)

    def assertIsSubcommand(self, command):
        """A command with words to be filled in: its help shows them."""
        if command == "selns-build RECIPE...":
            command = "selns-build build RECIPE..."
        words = command.replace("\\|", "|").split()
        self.assertEqual(words[0], "selns-build", "no test runs this command")
        own = [word for word in words[1:] if re.fullmatch(r"[a-z|]+", word)]
        for last in own[-1].split("|"):
            said = selns(*own[:-1], last, "--help")
            self.assertEqual(said.returncode, 0, said.stderr)
            for word in words[1 + len(own):]:
                # WHAT: several things, which the help names one by one.
                if word != "WHAT" and (len(own) == 1 or "|" not in own[-1]):
                    self.assertIn(word.strip("[]."), said.stdout)


class Recipes(support.TestCase):
    """Recipes, and parts of them, pass `check` as they stand."""

    def check(self, text):
        for name in ("local.deb", "policy/app.cil", "logs/a.log", "ubuntu.asc", "rocky.asc", "packages.asc",
                     "layout.tar", "overlay/etc/motd", "a.log"):
            self.write(name, "")
        shutil.copytree(SOURCE / "recipes/shared", self.dir / "shared", dirs_exist_ok=True)
        said = selns("check", self.write("web.yaml", text))
        self.assertEqual(said.returncode, 0, text + said.stderr)

    def test_whole(self):
        (text,) = block("README.md", "name: web")
        self.check(text)

    def test_parts(self):
        for name, first in (("boot.md", "boot:"), ("denials.md", "selinux:"),
                            ("sources.md", "include: [shared/apt.yaml]")):
            (text,) = block(name, first)
            with self.subTest(name):
                self.check("name: web\nfrom: { debian: { release: bookworm } }\n" + text)

    def test_sources(self):
        texts = block("sources.md", "from:")
        self.assertEqual(len(texts), 3)
        for text in texts:
            # A sum is shown by its beginning, and what else there is as comments.
            text = text.replace("0123...", '"' + 64 * "0" + '"')
            with self.subTest(text):
                self.check("name: web\n" + text)
        for other in re.findall(r"# or  (.*)", "".join(texts)):
            with self.subTest(other):
                self.check("name: web\nfrom:\n  " + other.replace("/srv/root", str(self.dir)) + "\n")


@support.needs_root
class Session(support.TestCase):
    """README's session on a terminal."""

    def test_as_shown(self):
        ((command, *shown),) = [text.splitlines() for text in block("README.md", "$ selns-build examples/quickstart.yaml")]
        shutil.copytree(SOURCE / "examples", self.dir / "examples")
        (self.dir / "examples/quickstart/selinuxns.cil").unlink(missing_ok=True)
        programs = self.dir / "programs"
        programs.mkdir()
        (programs / "selns-build").symlink_to(support.PROGRAM)
        env = support.environment(PATH=f"{programs}:{os.environ['PATH']}", TERM="xterm-256color", NO_COLOR="1",
                                  LC_ALL="C.UTF-8")
        said, status = terminal(["sh", "-c", command.removeprefix("$ ")], self.dir, env)
        self.assertEqual(status, 0, "\n".join(said))
        # Another test may have built the kernel, which then lies beside the images.
        said = [line for line in said if not re.match(r"✓ kernel |.*quickstart\.(kernel|initramfs)$", line)]
        self.assertShown([plain(line) for line in shown], [plain(line) for line in said])

    def assertShown(self, shown, said):
        """Lines of SHOWN stand in SAID in this order; "..." is for any number of lines."""
        at = 0
        for number, line in enumerate(shown):
            if line.strip() == "...":
                continue
            if number > 0 and shown[number - 1].strip() == "...":
                while at < len(said) and said[at] != line:
                    at += 1
            self.assertLess(at, len(said), f"not there: {line!r}\n" + "\n".join(said))
            self.assertEqual(said[at], line, "\n".join(said))
            at += 1


@unittest.skipUnless(FULL, "among the slow tests")
@support.needs_root
class Whole(support.TestCase):
    """What takes minutes or a virtual machine, in a copy of the sources."""

    def setUp(self):
        super().setUp()
        self.source = self.dir / "source"
        shutil.copytree(SOURCE, self.source, symlinks=True, ignore=shutil.ignore_patterns("build", ".git"))
        (self.source / "examples/quickstart/selinuxns.cil").unlink(missing_ok=True)

    def shell(self, command, **changes):
        said = run("bash", "-ec", command, cwd=self.source, env=support.environment(**changes))
        self.assertEqual(said.returncode, 0, said.stdout[-4000:] + said.stderr[-4000:])
        return said

    def test_quickstart(self):
        ((first, second),) = [text.splitlines() for text in block(
            "README.md", "tools/quickstart     # makes the image of examples/quickstart.yaml")]
        self.shell(first)
        self.assertTrue((self.source / "build/quickstart/quickstart.ext4").exists())
        # The other is what runs this test.
        self.assertRegex(second, r"^tools/test\b")
        self.assertTrue(os.access(self.source / "tools/test", os.X_OK))

    def test_install(self):
        (text,) = block("README.md", "tools/install build run")
        self.shell(text, DESTDIR=str(self.dir / "installed"))
        self.assertTrue((self.dir / "installed/usr/local/bin/selns-build").exists())

    def test_converge(self):
        (text,) = block("README.md", "$ selns-build kernel build debian")
        programs = self.dir / "programs"
        programs.mkdir()
        (programs / "selns-build").symlink_to(support.PROGRAM)
        path = f"{programs}:{os.environ['PATH']}"
        said = self.shell(text.replace("$ ", ""), PATH=path)
        self.assertIn("boots enforcing without a denial", said.stdout)
        said = run("bash", "-c", "timeout 120 selns-build boot build/quickstart --console", cwd=self.source,
                   env=support.environment(PATH=path))
        self.assertIn("login: ", said.stdout)
        self.assertIn("root is locked", said.stderr)


if __name__ == "__main__":
    unittest.main()
