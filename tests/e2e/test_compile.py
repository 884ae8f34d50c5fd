"""Compiles the sources as others do: among the slow tests."""

import os
import pathlib
import shutil

import support
from support import SOURCE, run

BUILD = pathlib.Path(support.CACHE).parent / "compiled"  # kept, so that ninja compiles what is new


def packages(*groups):
    """What tools/packages names for these groups."""
    lines = (SOURCE / "tools/packages").read_text().splitlines()
    return [name for line in lines if line.partition(":")[0] in groups
            for name in line.partition(":")[2].split()]


class Gcc(support.TestCase):
    """Debian 12's GCC, a file at a time, tests and all: a missing include shows only here."""

    def test_each_file_compiles_by_itself(self):
        run("cmake", "--preset", "release", "-S", SOURCE, "-B", BUILD, "-DCMAKE_C_COMPILER=gcc",
            "-DCMAKE_CXX_COMPILER=g++", "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1", cwd=SOURCE, check=True)
        run("cmake", "--build", BUILD, check=True)
        said = run(BUILD / "cmd/selns-build/selns-build", "schema", check=True)
        self.assertIn("$schema", said.stdout)


class Debian13(support.TestCase):
    """Its compiler and libraries, in a root that this program makes."""

    def test_it_compiles_and_runs(self):
        self.copy_sources()
        names = ", ".join(packages("build"))
        recipe = self.write("debian-13.yaml", f"""\
name: compiled
from: {{ debian: {{ release: trixie }} }}
packages: [{names}]
files:
  - {{ source: project/, target: /project }}
commands:
  - cd /project && cmake --preset user -DSELNS_WERROR=ON && cmake --build --preset user
  - /project/build/user/cmd/selns-build/selns-build check /project/recipes/debian-13.yaml
  - rm -r /project/build/user/lib
images: [tar]
""")
        self.build(recipe, "-o", self.dir / "out")
        listed = run("tar", "-tf", self.dir / "out/compiled.tar", check=True).stdout.splitlines()
        self.assertTrue([name for name in listed if name.endswith("selns-build/selns-build")])

    def copy_sources(self):
        """What git knows or would add, as it is here."""
        listed = run("git", "-C", SOURCE, "ls-files", "-z", "--cached", "--others",
                     "--exclude-standard", check=True).stdout
        for name in filter(None, listed.split("\0")):
            if not os.path.lexists(SOURCE / name):
                continue  # removed and not committed yet
            target = self.dir / "project" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(SOURCE / name, target, follow_symlinks=False)
