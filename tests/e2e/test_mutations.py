"""Thousands of damaged and hostile inputs: each ends soon, in little memory, with success or one error that
names the place; nothing is made anywhere else."""

import concurrent.futures
import contextlib
import hashlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import textwrap
import threading
import unittest

import mutants
import support
from support import PROGRAM, run
from test_sources import POLICY, Android

KEPT = pathlib.Path(os.environ.get("SELNS_FAILED_INPUTS", "/tmp/selns-failed-inputs"))
SANITIZED = b"__asan_init" in pathlib.Path(PROGRAM).read_bytes()
# The limits are those of a program without sanitizers, which take more of both.
MOST_SECONDS = 50 if SANITIZED else 10  # of processor time, of the program and all that it starts
MOST_MEMORY = (2 if SANITIZED else 1) << 20  # KiB, of each process
HANGS = 120  # seconds of the clock, when the machine is busy
RAW = re.compile(r"terminate called|Sanitizer|runtime error|filesystem error|json\.exception|std::|basic_string|"
                 r"_M_\w+|vector::|map::at|without a result|stoi|bad_")

CONTEXTS = "/.* u:object_r:base_t:s0\n/etc(/.*)? u:object_r:system_t:s0\n/bin/sh -- u:object_r:vendor_t:s0\n"
LOG = ('type=AVC msg=audit(1790000000.100:1): avc:  denied  { read } for  pid=1 comm="a" name="b" dev="vda" ino=1 '
       'scontext=u:r:base_t:s0 tcontext=u:object_r:system_t:s0 tclass=file permissive=1\n')
RECIPE = "name: image\nfrom: {{ {} }}\nimages: [tar]\nselinux: {{ label: warn }}\n"


def tar_of(root, kind=tarfile.PAX_FORMAT):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=kind) as archive:
        for path in sorted(root.rglob("*")):
            info = archive.gettarinfo(path, str(path.relative_to(root)))
            info.uid = info.gid = info.mtime = 0
            if kind == tarfile.PAX_FORMAT and not path.is_symlink():
                info.pax_headers = {"RHT.security.selinux": "u:object_r:base_t:s0",
                                    "SCHILY.xattr.user.a": "b", "mtime": "1.5"}
            with path.open("rb") if info.isreg() else contextlib.nullcontext() as content:
                archive.addfile(info, content)
    return data.getvalue()


class Seeds:
    """Good inputs of each kind, small, so that thousands of runs take minutes."""

    def __init__(self, directory):
        self.root = directory / "root"
        for path, text in {
                "etc/selinux/config": "SELINUX=permissive\nSELINUXTYPE=small\n",
                "etc/selinux/small/contexts/files/file_contexts": CONTEXTS, "etc/passwd": "root:x:0:0::/:/bin/sh\n",
                "var/lib/selinux/small/active/modules/100/base/cil": textwrap.dedent(Android.POLICY),
                "var/lib/selinux/small/active/modules/100/base/lang_ext": "cil",
                "bin/sh": "#!" * 3000, "n" * 120: "long", "d/" * 9 + "deep": ""}.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        (self.root / "link").symlink_to("etc/passwd")
        os.link(self.root / "bin/sh", self.root / "bin/bash")
        policy = directory / "policy.cil"
        policy.write_text(textwrap.dedent(Android.POLICY))
        compiled = self.root / "etc/selinux/small/policy/policy.33"
        compiled.parent.mkdir()
        run("secilc", "-M", "1", "-c", "33", "-o", compiled, "-f", "/dev/null", policy, check=True)
        self.policy = compiled.read_bytes()
        self.policies = [self.policy, self.policy, self.policy]
        self.module = policy.read_bytes()
        if POLICY.exists():
            self.policies += [path.read_bytes() for path in (POLICY / "policy").iterdir()]
        self.tars = [tar_of(self.root, kind) for kind in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)]
        (self.root / ("n" * 120)).unlink()
        names = "\n".join(str(path.relative_to(self.root)) for path in sorted(self.root.rglob("*")))
        self.tars.append(tar_of(self.root, tarfile.USTAR_FORMAT))
        self.cpio = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=self.root, input=names.encode(),
                                   capture_output=True, check=True).stdout
        self.ext4s = [self.make_ext4(directory / "seed.ext4", features) for features in
                      ("^metadata_csum,^64bit", "^metadata_csum,^64bit,inline_data,^has_journal",
                       "^has_journal,^extent,^metadata_csum,^64bit,^flex_bg", "^has_journal")]

    def make_ext4(self, file, features):
        file.unlink(missing_ok=True)
        run("mke2fs", "-q", "-t", "ext4", "-O", features, "-b", "1024", "-I", "256", "-N", "96", "-d", self.root, file,
            "4M", check=True)
        return file.read_bytes()


class Kind:
    """Inputs of one kind: writes one below DIRECTORY, and tells the commands for it and how they may end."""

    statuses = (0, 3)
    names = ""  # what an error of status 3 names

    def __init__(self, seeds):
        self.seeds = seeds

    def accepts(self, status, said):
        return status in self.statuses


class Archives(Kind):
    names = r"root\.tar|image\.yaml:2|etc/selinux/small/\S+"
    statuses = (0, 1, 3)

    def accepts(self, status, said):
        # 1: label verify, with what is wrong on standard output
        return status in (0, 3) or (status == 1 and "selns-build:" not in said)

    def make(self, chance, directory):
        data = mutants.cpio(chance, self.seeds.cpio) if chance.random() < 0.15 else \
            mutants.tar(chance, chance.choice(self.seeds.tars))
        file = directory / "root.tar"
        file.write_bytes(mutants.packed(chance, data))
        (directory / "image.yaml").write_text(RECIPE.format("archive: { file: root.tar }"))
        return chance.choice((["label", "list", file], ["label", "verify", file],
                              ["build", "--progress", "none", directory / "image.yaml", "-o", directory / "out"]))


class Layouts(Archives):
    names = r"image\.yaml:2|etc/selinux/small/\S+"

    def blob(self, chance, blobs, content, kind):
        """What an index says of CONTENT; sometimes not the truth."""
        digest = hashlib.sha256(content).hexdigest()
        if chance.random() < 0.05:
            content = mutants.damage(chance, content)
        (blobs / digest).write_bytes(content)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(content)}

    def make(self, chance, directory):
        layout = directory / "layout"
        blobs = layout / "blobs/sha256"
        blobs.mkdir(parents=True)
        victim = chance.choice(("layer", "layer", "config", "manifest", "manifest", "index", "layout"))
        text = lambda name, good: mutants.document(chance, good) if name == victim else json.dumps(good).encode()
        layer = chance.choice(self.seeds.tars)
        layer = mutants.tar(chance, layer) if victim == "layer" else layer
        packed = mutants.packed(chance, layer)
        config = {"architecture": "amd64", "os": "linux", "config": {"Env": ["A=b"], "User": "web", "Cmd": ["/bin/sh"]},
                  "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}
        manifest = {"schemaVersion": 2, "config": self.blob(chance, blobs, text("config", config), "config.v1+json"),
                    "layers": [self.blob(chance, blobs, packed, "layer.v1.tar" + chance.choice(("", "+gzip")))]}
        named = self.blob(chance, blobs, text("manifest", manifest), "manifest.v1+json")
        named["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
        (layout / "index.json").write_bytes(text("index", {"schemaVersion": 2, "manifests": [named]}))
        (layout / "oci-layout").write_bytes(text("layout", {"imageLayoutVersion": "1.0.0"}))
        (directory / "image.yaml").write_text(RECIPE.format("oci: { path: layout }"))
        return ["build", "--progress", "none", directory / "image.yaml", "-o", directory / "out"]


class Ext4Images(Archives):
    names = r"root\.ext4|etc/selinux/small/\S+"

    def make(self, chance, directory):
        file = directory / "root.ext4"
        file.write_bytes(mutants.ext4(chance, chance.choice(self.seeds.ext4s)))
        (directory / "log").write_text(LOG)
        return chance.choice((["label", "list", file], ["label", "list", file], ["label", "verify", file],
                              ["show", file],
                              ["denials", "explain", "--progress", "none", directory / "log", "--policy", file]))


class Policies(Archives):
    names = r"policy\.33|root\.tar|image\.yaml:2"

    def make(self, chance, directory):
        policy = mutants.policy(chance, chance.choice(self.seeds.policies))
        (directory / "log").write_text(LOG)
        file = directory / "policy.33"
        file.write_bytes(policy)
        if chance.random() < 0.5:
            return ["denials", "explain", "--progress", "none", directory / "log", "--policy", file]
        root = directory / "root.tar"
        with tarfile.open(root, "w") as archive:
            for path in ("etc/selinux/config", "etc/selinux/small/contexts/files/file_contexts", "etc/passwd"):
                archive.add(self.seeds.root / path, path)
            archive.add(file, "etc/selinux/small/policy/policy.33")
            module = mutants.damage(chance, self.seeds.module) if chance.random() < 0.2 else self.seeds.module
            for name, content in {"cil": module, "lang_ext": b"cil"}.items():
                info = tarfile.TarInfo(f"var/lib/selinux/small/active/modules/100/base/{name}")
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
        (directory / "image.yaml").write_text(RECIPE.format("archive: { file: root.tar }"))
        return chance.choice((["label", "verify", root],
                              ["denials", "explain", "--progress", "none", directory / "log", "--policy", root],
                              ["build", "--progress", "none", directory / "image.yaml", "-o", directory / "out"]))


class Built(Kind):
    """Documents of an output directory that was really built, one for each thread."""

    def __init__(self, seeds):
        super().__init__(seeds)
        self.own = threading.local()

    def built(self, directory):
        if not hasattr(self.own, "top"):
            top = pathlib.Path(tempfile.mkdtemp(prefix="built-", dir=directory.parent.parent))
            (top / "root.tar").write_bytes(self.seeds.tars[0])
            (top / "image.yaml").write_text(
                RECIPE.format("archive: { file: root.tar }").replace("[tar]", "[tar, ext4]"))
            support.selns("build", top / "image.yaml", "-o", top / "out", cache=top / "cache", check=True)
            self.own.top = top
        return self.own.top


class Manifests(Built):
    names = r"image\.manifest\.json"

    def make(self, chance, directory):
        out = directory / "out"
        out.mkdir()
        good = json.loads((self.built(directory) / "out/image.manifest.json").read_text())
        (out / "image.manifest.json").write_bytes(mutants.document(chance, good))
        what = chance.choice((out, out / "image.manifest.json"))
        return ["show", what, *chance.choice(([], ["--json"], ["--all"]))]


class LaunchFiles(Built):
    """What boot reads before it looks for a kernel, of which there is none here."""

    names = r"image\.launch\.json|out/"

    def accepts(self, status, said):
        return status == 3 or (status == 1 and re.search("the kernel .* has not been built", said, re.S))

    def make(self, chance, directory):
        out = directory / "out"
        out.mkdir()
        good = json.loads((self.built(directory) / "out/image.launch.json").read_text())
        good["container"]["labels"] = good["container"]["labels"][:3]
        (out / "image.launch.json").write_bytes(mutants.document(chance, good))
        (out / "image.ext4").write_bytes(self.seeds.ext4s[0])
        return ["boot", chance.choice((out, out / "image.ext4")), *chance.choice(([], ["--persist"], ["--container"]))]


class States(Built):
    """What is remembered of outputs; whatever it says, the outputs are right afterwards."""

    statuses = (0,)
    names = ""

    def make(self, chance, directory):
        top = self.built(directory)
        (state,) = (top / "cache/selns-build/outputs").iterdir()
        self.own.before = json.loads((top / "out/image.manifest.json").read_text())["artifacts"]
        state.write_bytes(mutants.document(chance, json.loads(state.read_text())))
        if chance.random() < 0.5:
            chance.choice(list((top / "out").iterdir())).unlink()
        return ["build", "--progress", "none", top / "image.yaml", "-o", top / "out"]


KINDS = {Archives: 30, Layouts: 15, Ext4Images: 20, Policies: 15, Manifests: 8, LaunchFiles: 8, States: 4}  # of 100


class Run:
    """The program on one input, measured."""

    def __init__(self, command, directory, cache):
        self.said = directory / "said"
        with (directory / "listed").open("w") as listed, self.said.open("w") as said:
            child = subprocess.Popen([PROGRAM, *map(str, command)], cwd=directory / "here",
                                     env=support.environment(cache, TMPDIR=str(directory / "tmp")),
                                     stdin=subprocess.DEVNULL, stdout=listed, stderr=said, start_new_session=True)
        self.hung = False
        alarm = threading.Timer(HANGS, self.stop, [child.pid])
        alarm.start()
        _, status, used = os.wait4(child.pid, 0)
        alarm.cancel()
        child.returncode = self.status = os.waitstatus_to_exitcode(status)
        self.seconds = used.ru_utime + used.ru_stime
        self.memory = used.ru_maxrss  # KiB, of the largest of all its processes
        self.errors = self.said.read_text(errors="replace")

    def stop(self, pid):
        self.hung = True
        os.kill(pid, signal.SIGKILL)


class Mutations(unittest.TestCase):
    count = 10000
    seed = os.environ.get("SELNS_SEED", "16")

    @classmethod
    def setUpClass(cls):
        cls.dir = pathlib.Path(tempfile.mkdtemp(prefix="selns-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.dir, ignore_errors=True)
        (cls.dir / "seeds").mkdir()
        cls.seeds = Seeds(cls.dir / "seeds")

    def try_one(self, kind, number):
        """What is wrong, if anything is; then the input is kept."""
        chance = random.Random(f"{self.seed} {type(kind).__name__} {number}")
        directory = self.dir / type(kind).__name__ / str(number)
        for name in ("here", "tmp"):
            (directory / name).mkdir(parents=True)
        command = kind.make(chance, directory)
        own = getattr(kind, "own", None)
        cache = own.top / "cache" if isinstance(kind, States) else directory / "cache"
        cache.mkdir(exist_ok=True)
        ended = Run(command, directory, cache)
        wrong = self.judge(kind, directory, ended)
        if isinstance(kind, States) and not wrong:
            wrong = self.judge_outputs(own.top / "out", own.before)
        if wrong:
            wrong = (f"{type(kind).__name__} {number}: {wrong}\n  {' '.join(map(str, command))}\n"
                     f"{textwrap.indent(ended.errors[:2000], '  ')}")
            self.keep(directory)
        shutil.rmtree(directory)
        return wrong, (ended.status, ended.seconds, ended.memory)

    def judge(self, kind, directory, ended):
        if ended.hung:
            return "hangs"
        if RAW.search(ended.errors):
            return "a raw exception, or a crash"
        if not kind.accepts(ended.status, ended.errors):
            return f"status {ended.status}"
        if ended.status == 3 and not re.search(kind.names, self.first_error(ended)):
            return "an error without a place"
        if ended.seconds > MOST_SECONDS or ended.memory > MOST_MEMORY:
            return f"{ended.seconds:.1f} s, {ended.memory >> 10} MiB"
        if found := [path for name in ("here", "tmp") for path in (directory / name).rglob("*")]:
            return f"made {found}"
        if (self.dir / "evil").exists() or (directory.parent / "evil").exists():
            return "made what is outside"
        return None

    def first_error(self, ended):
        return next((line for line in ended.errors.splitlines() if not line.startswith("warning:")), "")

    def judge_outputs(self, out, artifacts):
        made = json.loads((out / "image.manifest.json").read_text())["artifacts"]
        if made != artifacts:
            return "other outputs than before"
        for artifact in made:
            if not (out / artifact["file"]).exists():
                return f"{artifact['file']} is missing"
            if "sha256" in artifact and hashlib.sha256(
                    (out / artifact["file"]).read_bytes()).hexdigest() != artifact["sha256"]:
                return f"{artifact['file']} is not what the manifest says"
        return None

    def keep(self, directory):
        shutil.copytree(directory, KEPT / directory.parent.name / directory.name, symlinks=True, dirs_exist_ok=True)

    def try_all(self, count):
        kinds = [kind(self.seeds) for kind in KINDS]
        work = [(kind, number) for kind in kinds for number in range(max(1, count * KINDS[type(kind)] // 100))]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
            results = list(threads.map(lambda one: self.try_one(*one), work))
        for kind in kinds:
            self.tell(kind, {number: its for (one, number), (_, its) in zip(work, results) if one is kind})
        wrong = [one for one, _ in results if one]
        self.assertEqual(len(wrong), 0, f"{len(wrong)} inputs, kept in {KEPT}:\n" + "\n".join(wrong[:20]))

    def tell(self, kind, used):
        statuses = [status for status, _, _ in used.values()]
        seconds, slowest = max((its[1], number) for number, its in used.items())
        memory, largest = max((its[2], number) for number, its in used.items())
        print(f"{type(kind).__name__}: {len(used)} inputs,",
              ", ".join(f"{statuses.count(status)} times {status}" for status in sorted(set(statuses))) +
              f"; at most {seconds:.1f} s ({slowest}), {memory >> 10} MiB ({largest})")

    def test_all(self):
        self.try_all(int(os.environ.get("SELNS_MUTATIONS", self.count)))


class Sample(Mutations):
    """A few of them, for every day."""

    def test_all(self):
        self.try_all(25)


if __name__ == "__main__":
    unittest.main()
