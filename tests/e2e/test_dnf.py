"""Images of RPM packages, made by dnf from a repository that the test builds."""

import hashlib
import os
import pathlib
import shutil
import tempfile
import unittest

import rpms
import support
from rpms import Package
from support import TestCase, manifest, needs_root, run, selns

USER_ID = 4821
USER = "selnsrpm"

MODULE = "(allow init_t self (process (execmem)))\n"


def old_rpm(database):
    """This machine's rpm for an image, as one that reads nothing but what it wrote itself."""
    files = rpms.program("rpm", "rpmdb")
    for name, script in (("rpm", f"[ ! -e {database}/own ] || exec /usr/libexec/rpm \"$@\""),
                         ("rpmdb", "/usr/libexec/rpmdb \"$@\"\n: > \"$2/own\"")):
        files[f"/usr/libexec/{name}"] = files.pop(f"/usr/bin/{name}")
        files[f"/usr/bin/{name}"] = f"#!/bin/sh\n{script}\n"
    (aliases,) = pathlib.Path("/usr/lib/rpm").glob("rpmpopt-*")
    files |= {"/usr/lib/rpm/rpmrc": pathlib.Path("/usr/lib/rpm/rpmrc"), str(aliases): aliases,
              "/usr/lib/rpm/macros": f"%_dbpath {database}\n%_db_backend sqlite\n"
                                      "%_rpmlock_path %{_dbpath}/.rpm.lock\n"}
    return Package("rpm", "4.14-1", files=files, head=["Requires: bash"],
                   modes={"/usr/bin/rpm": 0o755, "/usr/bin/rpmdb": 0o755})


class Distribution(TestCase):
    """A mirror of Fedora 43 and Rocky Linux 8, each a few packages, and a repository besides."""

    top = None

    @classmethod
    def setUpClass(cls):
        if Distribution.top is None:
            Distribution.prepare()
        cls.cache = cls.top / f"cache-{cls.__name__}"

    @classmethod
    def prepare(cls):
        """Once for all the tests."""
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="selns-dnf-"))
        unittest.addModuleCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        cls.top.chmod(0o755)
        cls.keys = rpms.Keys(cls.top / "keys")
        unittest.addModuleCleanup(cls.keys.end)
        cls.good, cls.other = cls.keys.make("good"), cls.keys.make("other")
        arch = os.uname().machine
        release = cls.top / f"mirror/releases/43/Everything/{arch}/os"
        updates = cls.top / f"mirror/updates/43/Everything/{arch}"
        base = cls.top / f"mirror/8/BaseOS/{arch}/os"
        streams = cls.top / f"mirror/8/AppStream/{arch}/os"
        cls.extra = cls.top / "extra"
        for directory in (release, updates, base, streams, cls.extra):
            directory.mkdir(parents=True)
        hello = Package("hello", "1:2.0-1", files={"/usr/share/hello/x": "x",
                                                   "/usr/share/doc/hello/README": "read me\n"},
                        head=["Requires: bash", "Recommends: weak"], scripts={"post": rpms.SCRIPT})
        packages = rpms.build(rpms.base("fedora-release") + [
            *rpms.policies(cls.top / "policy"), hello, Package("weak"), Package("cat-person", head=["Conflicts: dog-person"]),
            Package("dog-person"), Package("unsigned"), Package("forged"),
            Package("rocky-release", "8-1", files={"/etc/rocky-release": "Rocky\n"}),
            Package("tar", files=rpms.program("tar")), old_rpm("/var/lib/rpm")], release)
        forged, unsigned = packages.pop("forged"), packages.pop("unsigned")
        cls.keys.sign("good", *packages.values())
        cls.keys.sign("other", forged)
        for name in packages:
            if name != "fedora-release":
                os.link(packages[name], base / packages[name].name)
        rocky = base / packages.pop("rocky-release").name
        (release / rocky.name).unlink()
        extra = rpms.build([Package("extra", files={"/usr/share/extra/x": "x"})], cls.extra)
        cls.keys.sign("other", *extra.values())
        for directory in (release, updates, base, streams, cls.extra):
            rpms.repository(directory)
        for directory in ("mirror", "extra"):
            run("chmod", "-R", "a+rX", cls.top / directory, check=True)
        cls.public = cls.top / "public"
        cls.public.mkdir()
        for key in (cls.good, cls.other):
            shutil.copy(key, cls.public)
            (cls.public / key.name).chmod(0o644)
        rpms.build([Package("own", files={"/usr/share/own/x": "x"})], cls.public)
        (cls.public / "local.cil").write_text(MODULE)

    @classmethod
    def recipe(cls, name, packages, more="", source="fedora", release="43", key="good"):
        path = cls.public / f"{name}.yaml"
        path.write_text(f"name: {name}\n"
                        f"from: {{ {source}: {{ release: {release}, mirror: 'file://{cls.top}/mirror', "
                        f"key: {key}.asc }} }}\n"
                        f"packages: [{packages}]\nimages: [tar]\n{more}")
        return path

    def make(self, recipe, status=0, **options):
        return self.build(recipe, "-o", self.dir / "out", status=status, cache=self.cache, **options)


@needs_root
class Fedora(Distribution):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = cls.recipe("fedora", "hello, extra, ./own-1.0-1.rpm", "selinux: { modules: [local.cil] }\n"
                          f"repositories: [{{ uri: 'file://{cls.extra}', key: other.asc }}]\n"
                          "files: [{ target: /etc/told, content: 'yes' }]\n"
                          "commands: ['cat /etc/told > /etc/commanded']\n")
        # What must not matter: this host's configuration and locale, and who calls.
        home = cls.top / "home"
        home.mkdir()
        (home / ".rpmmacros").write_text("%_dbpath /wrong\n%_excludedocs 1\n")
        cls.before = support.tree_hash("/var/lib/dnf", "/var/cache/dnf", "/var/log")
        cls.out = cls.top / "out"
        result = selns("build", path, "-o", cls.out, cache=cls.cache,
                       env=support.environment(cls.cache, HOME=str(home), LC_ALL="C"))
        assert result.returncode == 0, result.stdout + result.stderr
        cls.said = result.stderr
        cls.recipe_file = path
        cls.root = cls.top / "root"
        support.unpack(cls.out / "fedora.tar", cls.root)

    def test_files_are_labelled_and_the_module_is_in_the_store(self):
        result = selns("label", "verify", self.out / "fedora.tar")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        context = os.getxattr(self.root / "usr/bin/bash", "security.selinux", follow_symlinks=False)
        self.assertIn(b":shell_exec_t:", context)
        config = (self.root / "etc/selinux/config").read_text()
        self.assertIn("SELINUXTYPE=targeted\n", config)
        self.assertTrue((self.root / "var/lib/selinux/targeted/active/modules/400/local").is_dir())
        modules = run("semodule", "-p", self.root, "-s", "targeted", "-lfull", check=True).stdout
        self.assertRegex(modules, r"400\s+local")

    def test_the_database_is_where_the_release_keeps_it(self):
        names = run("rpm", "--dbpath", self.root / "usr/lib/sysimage/rpm", "-qa", "--qf",
                    "%{NAME} ", check=True).stdout.split()
        self.assertEqual(sorted(set(names) - {"gpg-pubkey"}),
                         ["bash", "coreutils", "extra", "fedora-release", "filesystem", "hello",
                          "own", "selinux-policy-targeted", "tar"])
        for path in ("root/.rpmdb", "wrong", "var/lib/rpm"):
            self.assertFalse((self.root / path).exists(), path)
        problems = run("rpm", "--root", self.root, "--dbpath", "/usr/lib/sysimage/rpm", "-Va",
                       "--nomode", "--nomtime").stdout
        for line in problems.splitlines():
            self.assertRegex(line, r"/etc/(selinux|shadow|passwd|group)|/(etc|var/lib)/selinux/")

    def test_the_manifest_lists_the_packages(self):
        packages = manifest(self.out)["packages"]
        self.assertIn({"name": "hello", "version": "1:2.0-1", "architecture": os.uname().machine},
                      packages)
        self.assertEqual(len(packages), 9)
        shown = selns("show", "--json", self.out / "fedora.tar", check=True).stdout
        self.assertIn('"packages": null', shown)

    def test_scripts_ran_apart_from_this_machine(self):
        facts = (self.root / "usr/share/hello/facts").read_text()
        self.assertIn("HOME=/root\numask=0022\n", facts)
        self.assertNotIn("pid1=systemd", facts)
        self.assertNotIn("writable", facts)
        self.assertNotIn("/run/", facts)
        self.assertEqual((self.root / "etc/commanded").read_text(), "yes")

    def test_this_host_leaves_no_trace_and_has_none(self):
        self.assertEqual(support.tree_hash("/var/lib/dnf", "/var/cache/dnf"),
                         [entry for entry in self.before if not entry[0].startswith("/var/log")])
        self.assertEqual(sorted(p.name for p in (self.root / "var/log").iterdir()), [])
        self.assertEqual(sorted(p.name for p in (self.root / "var/cache/dnf").iterdir()), [])
        for path in ("var/lib/dnf/history.sqlite", "etc/resolv.conf", "etc/hostname.rpmnew"):
            self.assertFalse((self.root / path).exists(), path)
        found = run("grep", "-rlaF", "-e", str(self.top), "-e", "/selns-build-", self.root).stdout
        # The address that the recipe names.
        self.assertEqual(found.split(), [str(self.root / "etc/yum.repos.d/repository-1.repo")])

    def test_documentation_is_kept_and_weak_dependencies_are_not(self):
        self.assertTrue((self.root / "usr/share/doc/hello/README").exists())
        self.assertNotIn("weak", [p["name"] for p in manifest(self.out)["packages"]])

    def test_the_recipes_repositories_stay(self):
        section = (self.root / "etc/yum.repos.d/repository-1.repo").read_text()
        self.assertIn(f"baseurl=file://{self.extra}\n", section)
        self.assertIn("gpgcheck=1\ngpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-repository-1\n", section)
        key = (self.root / "etc/pki/rpm-gpg/RPM-GPG-KEY-repository-1").read_text()
        self.assertIn("BEGIN PGP PUBLIC KEY BLOCK", key)

    def test_a_refresh_asks_the_repositories(self):
        again = self.build(self.recipe_file, "-o", self.out, "--refresh", cache=self.cache)
        self.assertNotIn("newer packages", again.stderr)


@needs_root
class Refusals(Distribution):
    """Each says why in dnf's words, at the recipe's place."""

    def refused(self, name, packages, *patterns, more="", **options):
        more += "selinux: { policy: minimum }\n"
        result = self.make(self.recipe(name, packages, more, **options), status=4)
        self.assertFails(result, 4, *patterns)
        self.assertEqual(list((self.cache / "selns-build/bootstrap").glob("*")), [])

    def test_packages(self):
        self.refused("unsigned", "unsigned", r"unsigned.yaml:3:12: .*unsigned.* is not signed")
        self.refused("forged", "hello, forged", r"forged.yaml:3:19: ", r"forged.*(not installed|not correct)")
        self.refused("fight", "cat-person, dog-person", r"fight.yaml:3:\d+: .*[Pp]roblem",
                     r"cat-person-1.0-1.\w+ .*conflicts with dog-person")
        self.refused("missing", "no-such-thing", r"missing.yaml:3:12: .*no-such-thing")

    def test_repositories(self):
        self.refused("gone", "hello", r"gone.yaml:5:16: .*repository-1",
                     more="repositories: [{ uri: 'file:///nonexistent', key: other.asc }]\n")
        self.refused("wrong", "extra", r"wrong.yaml:5:16: .*not correct", r"extra-1.0-1",
                     more=f"repositories: [{{ uri: 'file://{self.extra}', key: good.asc }}]\n")

    def test_a_suite_makes_no_sense(self):
        path = self.recipe("suite", "hello", "repositories: [{ uri: 'file:///x', suite: a, "
                                             "key: other.asc }]\n")
        self.assertFails(selns("check", path), 3, r"suite.yaml:5:\d+: repositories\[0\].suite: ")
        path = self.recipe("deb", "hello=1.0")
        self.assertFails(selns("check", path), 3, r"deb.yaml:3:12: packages\[0\]: .*nginx-1")


# What a host may say that must not matter.
HOST_CONFIGURATION = ("[main]\ngpgcheck=0\ninstall_weak_deps=1\ntsflags=nodocs\n"
                      "excludepkgs=hello\nreposdir=/nonexistent\n")


class OrdinaryUser:
    """Runs the program as a user with subordinate ids, on a host with files of the test's."""

    def __init__(self, directory):
        self.home, self.etc = directory / "home", directory / "etc"
        self.home.mkdir()
        os.chown(self.home, USER_ID, USER_ID)
        directory.chmod(0o755)
        self.program = directory / "selns-build"
        shutil.copy(support.PROGRAM, self.program)
        self.program.chmod(0o755)
        self.etc.mkdir()
        self.mounts = {}
        lines = {"passwd": f"{USER}:x:{USER_ID}:{USER_ID}::{self.home}:/bin/bash\n",
                 "group": f"{USER}:x:{USER_ID}:\n", "subuid": f"{USER}:700000:65536\n",
                 "subgid": f"{USER}:700000:65536\n"}
        for name, line in lines.items():
            present = pathlib.Path("/etc", name)
            (self.etc / name).write_text((present.read_text() if present.exists() else "") + line)
            present.touch()
            self.mounts[present] = self.etc / name

    def directory(self, place, files):
        """Makes a directory of this machine have other FILES; returns what ends that."""
        own = self.etc / place.strip("/").replace("/", "-")
        own.mkdir()
        for name, content in files.items():
            (own / name).write_text(content)
        self.mounts[place] = own
        made = [path for path in (pathlib.Path(place), *pathlib.Path(place).parents)
                if not path.exists()]
        pathlib.Path(place).mkdir(parents=True, exist_ok=True)
        return lambda: [path.rmdir() for path in made]

    def build(self, recipe, out, **environment):
        script = "mount --make-rprivate / 2>/dev/null; "
        script += "".join(f"mount --bind {own} {place}; " for place, own in self.mounts.items())
        script += (f"cd {self.home}; umask 077; setpriv --reuid={USER_ID} --regid={USER_ID} "
                   f"--init-groups {self.program} build {recipe} -o {self.home}/{out}; status=$?; ")
        script += "".join(f"umount {place}; " for place in self.mounts) + "exit $status"
        run("unshare", "--mount", "--propagation", "unchanged", "sh", "-c", script, check=True,
            env=support.environment(self.home / "cache", HOME=str(self.home), USER=USER,
                                    **environment))
        return self.home / out


def metalink(repomd):
    """Says where a repository is, and what its index must be."""
    digest = hashlib.sha256(repomd.read_bytes()).hexdigest()
    return ('<?xml version="1.0"?><metalink version="3.0" xmlns="http://www.metalinker.org/"><files>'
            f'<file name="repomd.xml"><size>{repomd.stat().st_size}</size><verification>'
            f'<hash type="sha256">{digest}</hash></verification><resources><url protocol="file" '
            f'type="file" preference="100">file://{repomd}</url></resources></file></files>'
            '</metalink>')


@needs_root
class Rocky(Distribution):
    """By an ordinary user, from this host's repositories and with its keys."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.directory = cls.top / "rocky"
        cls.directory.mkdir()
        user = OrdinaryUser(cls.directory)
        base = cls.top / f"mirror/8/BaseOS/{os.uname().machine}/os"
        (cls.public / "metalink.xml").write_text(metalink(base / "repodata/repomd.xml"))
        (cls.public / "mirrors").write_text(f"file://{cls.top}/mirror/8/AppStream/{os.uname().machine}/os/\n")
        repositories = (f"[baseos]\nname=Rocky Linux $releasever - BaseOS\nenabled=0\ngpgcheck=0\n"
                        f"metalink=file://{cls.public}/$part.xml\n"
                        f"[appstream]\nname=Rocky Linux $releasever - AppStream\n"
                        f"mirrorlist=file://{cls.public}/mirrors\n")
        for place, files in (("/etc/yum.repos.d", {"rocky.repo": repositories}),
                             ("/etc/pki/rpm-gpg", {"RPM-GPG-KEY-Rocky-8": cls.good.read_text()}),
                             ("/etc/dnf", {"dnf.conf": HOST_CONFIGURATION}),
                             ("/etc/yum/vars", {"part": "metalink\n"})):
            cls.addClassCleanup(user.directory(place, files))
        (user.home / ".rpmmacros").write_text("%_dbpath /wrong\n%_excludedocs 1\n")
        recipe = cls.public / "rocky.yaml"
        recipe.write_text("name: rocky\nfrom: { rocky: { release: 8 } }\npackages: [rpm, hello]\n"
                          "selinux: { policy: minimum }\nimages: [tar]\n")
        cls.out = user.build(recipe, "out", LC_ALL="C")
        cls.root = cls.top / "rocky-root"
        support.unpack(cls.out / "rocky.tar", cls.root)

    def test_an_rpm_that_does_not_read_this_hosts_database_writes_it_anew(self):
        database = self.root / "var/lib/rpm"
        self.assertTrue((database / "own").exists(), sorted(database.iterdir()))
        own = run("chroot", self.root, "rpm", "-qa", "--qf", "%{NAME} ", check=True).stdout.split()
        self.assertEqual(sorted(set(own) - {"gpg-pubkey"}),
                         sorted(p["name"] for p in manifest(self.out)["packages"]))
        self.assertTrue((self.root / "etc/rocky-release").exists())

    def test_this_hosts_configuration_and_the_callers_do_not_matter(self):
        self.assertTrue((self.root / "usr/share/doc/hello/README").exists())
        self.assertNotIn("weak", [p["name"] for p in manifest(self.out)["packages"]])
        # No package has this directory: rpm makes it as it is told.
        self.assertEqual((self.root / "usr/share/hello").stat().st_mode & 0o7777, 0o755)
        facts = (self.root / "usr/share/hello/facts").read_text()
        self.assertIn("HOME=/root\numask=0022\n", facts)
        self.assertNotIn("writable", facts)
        for place in ("usr/bin/bash", "etc/shadow", "usr/share/hello/facts"):
            status = (self.root / place).stat()
            self.assertEqual((status.st_uid, status.st_gid), (0, 0), place)


def bullseye_rpm(root, database):
    """The rpm 4.16 of Debian 11, which writes Berkeley DB, as one that does not know sqlite."""
    loader = "ld-linux-x86-64.so.2"
    libraries = {f"/usr/lib/old/{loader}": pathlib.Path(root, "lib/x86_64-linux-gnu", loader)}
    for line in run("chroot", root, f"/lib64/{loader}", "--list", "/usr/bin/rpmdb",
                    check=True).stdout.splitlines():
        name, _, rest = line.strip().partition(" => ")
        if rest and not name.startswith("/"):
            libraries[f"/usr/lib/old/{name}"] = pathlib.Path(root, rest.split()[0].lstrip("/"))
    files = {"/etc/rpm/macros": f"%_dbpath {database}\n%_db_backend bdb\n"}
    for name, when in (("rpm", f"[ -e {database}/rpmdb.sqlite ] || "), ("rpmdb", "")):
        files[f"/usr/libexec/{name}"] = pathlib.Path(root, "usr/bin", name)
        files[f"/usr/bin/{name}"] = (f"#!/bin/sh\n{when}exec /usr/lib/old/{loader} --library-path "
                                     f"/usr/lib/old /usr/libexec/{name} \"$@\"\n")
    return Package("rpm", "4.16-1", files=libraries | files, head=["Requires: bash"],
                   trees={"/usr/lib/rpm": pathlib.Path(root, "usr/lib/rpm")},
                   modes={"/usr/bin/rpm": 0o755, "/usr/bin/rpmdb": 0o755})


@needs_root
@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "two more Debian releases")
class Generations(Distribution):
    """The rpms of other Debian releases read what is in an image."""

    def test_reads(self):
        self.make(self.recipe("read", "hello"))
        image = self.dir / "image"
        support.unpack(self.dir / "out/read.tar", image)
        names = sorted(p["name"] for p in manifest(self.dir / "out")["packages"])
        for suite in ("bullseye", "trixie"):
            root = self.dir / suite
            run("mmdebstrap", "--mode=root", "--variant=extract", "--include=rpm,base-files", suite, root,
                check=True)
            shutil.copytree(image / "usr/lib/sysimage/rpm", root / "database")
            read = run("chroot", root, "rpm", "--dbpath", "/database", "-qa", "--qf", "%{NAME} ",
                       check=True).stdout.split()
            self.assertEqual(sorted(set(read) - {"gpg-pubkey"}), names, suite)
        self.writes_berkeley_db(bullseye_rpm(self.dir / "bullseye", "/var/lib/rpm"))

    def writes_berkeley_db(self, rpm):
        directory = self.top / f"mirror/8/AppStream/{os.uname().machine}/os"
        built = rpms.build([rpm], directory)
        self.keys.sign("good", *built.values())
        rpms.repository(directory)
        run("chmod", "-R", "a+rX", directory, check=True)
        shutil.rmtree(self.dir / "out")
        self.make(self.recipe("old", "rpm, hello", source="rocky", release="8"))
        root = self.dir / "old"
        support.unpack(self.dir / "out/old.tar", root)
        files = {path.name for path in (root / "var/lib/rpm").iterdir()}
        self.assertLessEqual({"Packages", "Name"}, files)
        self.assertEqual([name for name in files if name.startswith(("__db", "rpmdb"))], [])
        read = run("chroot", root, "rpm", "-qa", "--qf", "%{NAME} ", check=True).stdout.split()
        self.assertEqual(sorted(set(read) - {"gpg-pubkey"}),
                         sorted(p["name"] for p in manifest(self.dir / "out")["packages"]))


@needs_root
@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "two more builds")
class Updates(Distribution):
    def test_a_refresh_finds_newer_packages(self):
        recipe = self.recipe("newer", "hello")
        self.make(recipe)
        updates = self.top / f"mirror/updates/43/Everything/{os.uname().machine}"
        built = rpms.build([Package("hello", "1:2.1-1", files={"/usr/share/hello/x": "new"})], updates)
        self.keys.sign("good", *built.values())
        rpms.repository(updates)
        run("chmod", "-R", "a+rX", updates, check=True)
        again = self.make(recipe)
        self.assertNotIn("newer packages", again.stderr)
        again = self.build(recipe, "-o", self.dir / "out", "--refresh", cache=self.cache)
        self.assertIn("newer packages: hello 1:2.0-1 -> 1:2.1-1\n", again.stderr)
        self.assertIn("1:2.1-1", [p["version"] for p in manifest(self.dir / "out")["packages"]])


@needs_root
@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "two more builds")
class RootAndUser(Distribution):
    """Whoever builds it, the image has the same bits."""

    def test_same(self):
        recipe = self.recipe("same", "hello")
        self.make(recipe)
        made = OrdinaryUser(self.dir).build(recipe, "made")
        self.assertEqual((made / "same.tar").read_bytes(),
                         (self.dir / "out/same.tar").read_bytes())


if __name__ == "__main__":
    unittest.main()
