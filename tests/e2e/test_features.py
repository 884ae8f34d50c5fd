"""Everything that a recipe can ask of a bootstrap and a policy, as root and as an ordinary user."""

import json
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import textwrap
import unittest

import support
from support import PROGRAM, needs_root, run, selns

USER = "selnstest"
USER_ID = 48123
CAN_UNSHARE = run("unshare", "--user", "true").returncode == 0


def make_deb(directory, name, content):
    tree = directory / f"{name}-tree"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(textwrap.dedent(f"""\
        Package: {name}
        Version: 1.0
        Architecture: all
        Maintainer: Nobody <nobody@example.org>
        Description: a package of the tests
        """))
    (tree / f"usr/share/{name}").mkdir(parents=True)
    (tree / f"usr/share/{name}/file").write_text(content)
    deb = directory / f"{name}_1.0_all.deb"
    run("dpkg-deb", "--root-owner-group", "-b", tree, deb, check=True)
    return deb


def make_repository(directory):
    """A signed flat repository; returns its key."""
    repository = directory / "repository"
    repository.mkdir()
    shutil.move(make_deb(directory, "selns-extra", "from the repository\n"), repository)
    home = directory / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback",
           "--passphrase", ""]
    run(*gpg, "--quick-generate-key", "Tests <tests@example.org>", "rsa3072", "sign", "never",
        check=True)
    packages = run("dpkg-scanpackages", "-m", ".", cwd=repository, check=True).stdout
    (repository / "Packages").write_text(packages)
    release = run("apt-ftparchive", "release", ".", cwd=repository, check=True).stdout
    (repository / "Release").write_text(release)
    run(*gpg, "--clearsign", "-o", repository / "InRelease", repository / "Release", check=True)
    key = directory / "key.asc"
    key.write_text(run(*gpg, "--armor", "--export", check=True).stdout)
    run("gpgconf", "--homedir", home, "--kill", "all")
    return key


class Builds(support.TestCase):
    """A recipe with everything, and who can build it."""

    @classmethod
    def setUpClass(cls):
        # Also for the ordinary user: nothing here is private.
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="selns-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        cls.top.chmod(0o755)
        cls.trace = cls.top / "trace"
        cls.trace.mkdir(mode=0o777)
        cls.trace.chmod(0o777)
        evil = cls.top / "evil"
        evil.write_text(f"#!/bin/sh\ntouch {cls.trace}/ran\n")
        evil.chmod(0o755)
        make_deb(cls.top, "selns-local", "from a file\n")
        make_repository(cls.top)
        (cls.top / "overlay/etc/selinux").mkdir(parents=True)
        (cls.top / "overlay/usr/local/bin").mkdir(parents=True)
        (cls.top / "overlay/bin").mkdir()
        units = cls.top / "overlay/usr/lib/systemd/system"
        units.mkdir(parents=True)
        (units / "journal.socket").write_text("[Socket]\nListenDatagram=/run/systemd/journal/socket\n")
        (cls.top / "overlay/etc/selinux/semanage.conf").write_text(
            "module-store = direct\nexpand-check = 0\n" + "".join(
                f"[{section}]\npath = {evil}\nargs = $@\n[end]\n"
                for section in ("setfiles", "sefcontext_compile", "load_policy", "verify kernel")))
        tool = cls.top / "overlay/usr/local/bin/tool"
        tool.write_text("#!/bin/sh\necho tool\n")
        tool.chmod(0o755)
        (cls.top / "overlay/bin/through-a-symlink").write_text("merged /usr\n")
        (cls.top / "app.cil").write_text(
            "(type app_t)\n(roletype object_r app_t)\n(allow init_t app_t (file (read)))\n")
        cls.recipe = cls.top / "full.yaml"
        cls.recipe.write_text(textwrap.dedent(f"""\
            name: full
            hostname: full-host
            from:
              debian: {{ release: bookworm }}
            repositories:
              - {{ uri: "file://{cls.top}/repository", suite: "./", key: key.asc }}
            packages: [libcap2-bin, iputils-ping, selns-extra, ./selns-local_1.0_all.deb]
            root_password: {{ empty: true }}
            files:
              - {{ source: overlay/, target: / }}
              - {{ target: /etc/motd, content: "built\\n", mode: "0640" }}
            commands:
              - useradd --create-home --home-dir /srv/people/carol --shell /bin/bash carol
              - test "$(tool)" = tool && echo it worked > /srv/answer
            selinux:
              mode: enforcing
              modules: [app.cil]
              booleans: {{ httpd_enable_cgi: true }}
              file_contexts:
                - "/srv/answer -- system_u:object_r:app_t:s0"
            images: [tar, ext4: {{ size: 900M }}]
            launch: {{ mode: namespace }}
            """))

    @classmethod
    def build_as_root(cls):
        result = selns("build", cls.recipe, "-o", cls.top / "by-root",
                       env=support.environment(cls.top / "cache-root"))
        assert result.returncode == 0, result.stdout + result.stderr
        return cls.top / "by-root"

    @classmethod
    def build_as_user(cls):
        """By a user who exists only in a mount namespace of the test, like the canary whose home
        directory must not show up in the image."""
        home = cls.top / "home"
        home.mkdir()
        os.chown(home, USER_ID, USER_ID)
        shutil.copy(PROGRAM, cls.top / "selns-build")
        (cls.top / "selns-build").chmod(0o755)
        etc = cls.top / "etc"
        etc.mkdir()
        for name, line in (("passwd", f"{USER}:x:{USER_ID}:{USER_ID}::{home}:/bin/bash\n"
                                      f"canary:x:{USER_ID + 1}:{USER_ID}::/canary/home:/bin/bash\n"),
                           ("group", f"{USER}:x:{USER_ID}:\n"),
                           ("subuid", f"{USER}:700000:65536\n"), ("subgid", f"{USER}:700000:65536\n")):
            present = pathlib.Path("/etc", name)
            (etc / name).write_text((present.read_text() if present.exists() else "") + line)
            present.touch()
        # In a chroot nothing can be made private: what is mounted is unmounted again.
        names = ("passwd", "group", "subuid", "subgid")
        script = "mount --make-rprivate / 2>/dev/null; "
        script += "".join(f"mount --bind {etc}/{name} /etc/{name}; " for name in names)
        script += (f"cd {home}; setpriv --reuid={USER_ID} --regid={USER_ID} --init-groups "
                   f"{cls.top}/selns-build build {cls.recipe} -o {home}/out; status=$?; ")
        script += "".join(f"umount /etc/{name}; " for name in names) + "exit $status"
        result = run("unshare", "--mount", "--propagation", "unchanged", "sh", "-c", script,
                     env=support.environment(home / "cache", HOME=str(home), USER=USER))
        cls.said = result.stdout + result.stderr
        assert result.returncode == 0, cls.said
        return home / "out"


@needs_root
class Features(Builds):
    """One build by an ordinary user, who has to have a user namespace for it; else by root."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.host = support.tree_hash("/etc/selinux", "/var/lib/selinux")
        cls.out = cls.build_as_user() if CAN_UNSHARE else cls.build_as_root()
        cls.root = cls.top / "root"
        support.unpack(cls.out / "full.tar", cls.root)

    @unittest.skipUnless(CAN_UNSHARE, "needs user namespaces")
    def test_an_ordinary_user_keeps_the_base(self):
        self.assertTrue((self.top / "home/cache/selns-build/base").exists(), self.said)
        (base,) = (self.top / "home/cache/selns-build/base").iterdir()
        self.assertGreater((base / "base.tar").stat().st_size, 50_000_000)

    def test_programs_named_by_the_image_did_not_run(self):
        self.assertEqual(list(self.trace.iterdir()), [])
        conf = (self.root / "etc/selinux/semanage.conf").read_text()
        self.assertIn("sefcontext_compile", conf, "the image keeps its own file")

    def test_the_host_and_its_users_leave_no_trace(self):
        self.assertEqual(support.tree_hash("/etc/selinux", "/var/lib/selinux"), self.host)
        homes = (self.root / "etc/selinux/default/contexts/files/file_contexts.homedirs").read_text()
        self.assertIn("/srv/people/", homes, "the image's own user counts")
        self.assertNotIn("canary", homes)
        self.assertNotIn(USER, homes)
        for name in ("passwd", "hostname", "hosts", "resolv.conf"):
            path = self.root / "etc" / name
            if path.is_file():
                text = path.read_text()
                self.assertNotIn("canary", text)
                self.assertNotIn(os.uname().nodename + "\n", text if name == "hostname" else "")

    def test_packages_files_and_commands(self):
        read = lambda path: (self.root / path).read_text()
        self.assertEqual(read("etc/hostname"), "full-host\n")
        self.assertEqual(read("usr/share/selns-local/file"), "from a file\n")
        self.assertEqual(read("usr/share/selns-extra/file"), "from the repository\n")
        self.assertEqual(read("srv/answer"), "it worked\n")
        self.assertEqual(read("etc/motd"), "built\n")
        self.assertEqual((self.root / "etc/motd").stat().st_mode & 0o7777, 0o640)
        self.assertTrue((self.root / "bin").is_symlink(), "merged /usr stays")
        self.assertEqual(read("usr/bin/through-a-symlink"), "merged /usr\n")
        self.assertRegex(read("etc/shadow"), r"(?m)^root::")
        names = [p["name"] for p in support.manifest(self.out)["packages"]]
        self.assertIn("selns-extra", names)
        self.assertIn("selns-local", names)
        self.assertEqual(os.stat(self.root / "usr/local/bin/tool").st_uid, 0)

    def test_capabilities_survive(self):
        self.assertIn("cap_net_raw=ep", run("getcap", self.root / "bin/ping").stdout)
        said = run("debugfs", "-R", "ea_list /usr/bin/ping", self.out / "full.ext4").stdout
        self.assertIn("security.capability", said)

    def test_policy(self):
        root = self.root
        self.assertRegex((root / "etc/selinux/config").read_text(), r"(?m)^SELINUX=enforcing$")
        listed = run("chroot", root, "semodule", "-lfull", check=True).stdout
        self.assertRegex(listed, r"400 +app +cil")
        (policy,) = (root / "etc/selinux/default/policy").glob("policy.*")
        booleans = run("seinfo", policy, "-b", "httpd_enable_cgi", "-x", check=True).stdout
        self.assertIn("bool httpd_enable_cgi true;", booleans)
        self.assertRegex(support.semanage(root, "module", "-l"), r"(?m)^app +400 +cil")
        self.assertRegex(support.semanage(root, "boolean", "-l"),
                         r"(?m)^httpd_enable_cgi +\(on +, +on\)")
        self.assertRegex(support.semanage(root, "fcontext", "-l", "-C"),
                         r"(?m)^/srv/answer +regular file +system_u:object_r:app_t:s0")
        rules = run("sesearch", "-A", "-s", "init_t", "-t", "app_t", policy, check=True).stdout
        self.assertIn("allow init_t app_t:file", rules)
        label = os.getxattr(root / "srv/answer", "security.selinux").rstrip(b"\0").decode()
        self.assertEqual(label, "system_u:object_r:app_t:s0")
        customised = run("chroot", root, "cat",
                         "/etc/selinux/default/contexts/files/file_contexts.local").stdout
        self.assertIn("/srv/answer", customised)
        contexts = root / "etc/selinux/default/contexts/files/file_contexts"
        said = run("setfiles", "-n", "-v", "-F", "-c", policy, "-r", root, contexts, root)
        self.assertEqual((said.returncode, "relabel" in said.stdout), (0, False), said.stdout[:2000])

    def test_a_container_is_prepared(self):
        (policy,) = (self.root / "etc/selinux/default/policy").glob("policy.*")
        rules = run("sesearch", "-T", "-s", "init_t", policy, check=True).stdout
        self.assertIn("type_transition init_t syslogd_runtime_t:sock_file devlog_t socket;", rules)
        self.assertIn("type_transition init_t init_runtime_t:file selns_container_runtime_t container;", rules)
        container = json.loads((self.out / "full.launch.json").read_text())["container"]
        self.assertIn({"path": "/dev/null", "context": "system_u:object_r:null_device_t:s0"},
                      container["labels"])
        self.assertEqual([terminal["context"].split(":")[2] for terminal in container["terminals"]],
                         ["user_devpts_t", "initrc_devpts_t"])
        for directory in container["directories"]:
            expected = run("matchpathcon", "-n", "-m", "dir", "-f",
                           self.root / "etc/selinux/default/contexts/files/file_contexts",
                           directory["path"], check=True).stdout.strip()
            self.assertEqual(directory["context"], expected, directory["path"])
        shown = selns("show", self.out).stdout
        self.assertIn("selns_container", shown)
        self.assertIn('"socket" devlog_t', json.dumps(support.manifest(self.out)["container_module"])
                      .replace('\\"', '"'))

    def test_size_and_soundness(self):
        image = self.out / "full.ext4"
        self.assertEqual(image.stat().st_size, 900 << 20)
        self.assertEqual(run("e2fsck", "-fn", image).returncode, 0)


@needs_root
@unittest.skipUnless(CAN_UNSHARE, "the kernel refuses user namespaces here (in a chroot, for instance), "
                     "and an ordinary user cannot bootstrap without one")
class RootAndUser(Builds):
    def test_they_get_the_same_bits(self):
        by_root, by_user = self.build_as_root(), self.build_as_user()
        for name in ("full.tar", "full.ext4"):
            same = run("cmp", by_root / name, by_user / name)
            self.assertEqual(same.returncode, 0, same.stdout)
        said = [support.manifest(directory) for directory in (by_root, by_user)]
        self.assertEqual(said[0]["fingerprint"], said[1]["fingerprint"])
        self.assertEqual(said[0]["bootstrap"], said[1]["bootstrap"])


if __name__ == "__main__":
    unittest.main()
