"""Images made from what exists already: archives, OCI layouts, directories; policy_from; Android."""

import gzip
import hashlib
import http.server
import io
import json
import os
import pathlib
import re
import shutil
import ssl
import tarfile
import textwrap
import threading
import unittest

import support
from support import SOURCE, needs_root, run, selns

POLICY = pathlib.Path("/etc/selinux/default")
STORE = pathlib.Path("/var/lib/selinux/default")
PROGRAMS = ("sh", "env", "cat", "rm", "rmdir", "mkdir", "chmod", "cmp", "tar", "id", "touch")
APT = ("apt-get", "dpkg", "dpkg-deb", "dpkg-query", "dpkg-split", "ldconfig",
       "start-stop-daemon", "diff")


def add_policy(root, store=False):
    """With its store, every build commits to it, which takes seconds."""
    shutil.copytree(POLICY, root / "etc/selinux/default", symlinks=True)
    if store:
        shutil.copytree(STORE, root / "var/lib/selinux/default", symlinks=True)
    (root / "etc/selinux/config").write_text("SELINUX=permissive\nSELINUXTYPE=default\n")


def add_files(root):
    for path in ("etc/passwd", "etc/group", "usr/bin/passwd", "usr/sbin/sshd", "var/log/auth.log"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("")
    (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")


def add_programs(root, names):
    """Programs of this machine with their libraries."""
    for path in ("dev", "proc", "sys", "tmp", "run", "usr/bin", "usr/lib", "usr/lib64", "usr/sbin"):
        (root / path).mkdir(parents=True, exist_ok=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (root / name).symlink_to(f"usr/{name}")
    for name in names:
        program = pathlib.Path(shutil.which(name, path="/usr/bin:/usr/sbin:/bin:/sbin") or name)
        target = root / str(program).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(program, target)
        for library in re.findall(r"(/\S+) \(0x", run("ldd", program).stdout):
            place = root / library.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                shutil.copy2(library, place)


def add_apt(root):
    add_programs(root, PROGRAMS + APT + tuple(
        str(path) for path in pathlib.Path("/usr/lib/apt/methods").iterdir()
        if path.name in ("copy", "file", "store")))
    for path in ("etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "etc/dpkg/dpkg.cfg.d",
                 "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers",
                 "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/log/apt"):
        (root / path).mkdir(parents=True, exist_ok=True)
    (root / "var/lib/dpkg/status").touch()
    shutil.copytree("/usr/share/dpkg", root / "usr/share/dpkg")


def pack(root, archive, *options):
    run("tar", "--numeric-owner", "--sort=name", *options, "-caf", archive, "-C", root, ".", check=True)
    return archive


@unittest.skipUnless(POLICY.exists(), "needs the package selinux-policy-default")
class Sources(support.TestCase):
    def setUp(self):
        super().setUp()
        self.root = self.dir / "root"
        self.root.mkdir()
        self.cache = self.dir / "cache"
        os.chmod(self.dir, 0o755)

    def recipe(self, source, more="", name="image"):
        return self.write("image.yaml", f"name: {name}\nfrom: {source}\n" + textwrap.dedent(more) +
                          ("" if "images:" in more else "images: [tar]\n"))

    def make(self, source, more="", status=0, *options):
        return self.build(self.recipe(source, more), "-o", self.dir / "out", *options, cache=self.cache,
                          status=status)

    def names(self):
        return set(run("tar", "-tf", self.dir / "out/image.tar", check=True).stdout.split())

    def assertLabelled(self):
        said = selns("label", "verify", self.dir / "out/image.tar", cache=self.cache)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)


class Archives(Sources):
    def test_a_compressed_tar_is_labelled_by_its_own_policy(self):
        add_policy(self.root, store=True)
        add_files(self.root)
        archive = pack(self.root, self.dir / "root.tar.zst")
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        self.make(f"{{ archive: {{ file: root.tar.zst, sha256: {digest} }} }}", """\
            selinux: { mode: enforcing, booleans: { ssh_sysadm_login: true } }
            images: [tar, ext4]
            """)
        self.assertLabelled()
        listed = dict(line.split("\t") for line in selns(
            "label", "list", self.dir / "out/image.tar", cache=self.cache).stdout.splitlines())
        self.assertIn(":sshd_exec_t:", listed["/usr/sbin/sshd"])
        facts = support.manifest(self.dir / "out")
        self.assertEqual(facts["policy"]["type"], "default")
        self.assertEqual(facts["bootstrap"]["distribution"], "archive")
        said = selns("plan", self.dir / "image.yaml", cache=self.cache)
        self.assertRegex(said.stdout, r"root\.tar\.zst.*image\.yaml:2")
        again = self.build(self.dir / "image.yaml", "-o", self.dir / "out", cache=self.cache)
        self.assertIn("up to date", again.stdout + again.stderr)
        wrong = digest.replace(digest[0], "0" if digest[0] != "0" else "1")
        failed = self.make(f"{{ archive: {{ file: root.tar.zst, sha256: {wrong} }} }}", status=3)
        self.assertRegex(failed.stderr, r"image\.yaml:2:\d+: not the file that sha256 says")

    def test_an_image_without_a_policy_is_told_and_can_be_given_one(self):
        add_files(self.root)
        pack(self.root, self.dir / "root.tar")
        failed = self.make("{ archive: { file: root.tar } }", status=3)
        self.assertRegex(failed.stderr, r"image\.yaml:2.*names no SELinux policy")
        self.assertIn("selinux.policy_from", failed.stderr)
        other = self.dir / "other"
        add_policy(other, store=True)
        (other / "etc/motd").write_text("not the policy's")
        pack(other, self.dir / "other.tar.gz")
        for place in ("directory: other", "archive: other.tar.gz"):
            self.make("{ archive: { file: root.tar } }", f"""\
                selinux:
                  policy_from: {{ {place} }}
                  booleans: {{ ssh_sysadm_login: true }}
                """)
            self.assertLabelled()
            self.assertIn("./etc/selinux/default/contexts/files/file_contexts", self.names())
            self.assertNotIn("./etc/motd", self.names())
        shutil.rmtree(other / "var/lib/selinux")
        failed = self.make("{ archive: { file: root.tar } }",
                           "selinux: { policy_from: { directory: other } }\n", status=3)
        self.assertRegex(failed.stderr, r"selinux\.policy_from: .*active/modules is missing")

    def test_a_policy_without_a_store_gives_labels_and_nothing_else(self):
        add_policy(self.root)
        add_files(self.root)
        pack(self.root, self.dir / "root.tar")
        self.make("{ archive: { file: root.tar } }")
        self.assertLabelled()
        failed = self.make("{ archive: { file: root.tar } }",
                           "selinux: { booleans: { ssh_sysadm_login: true } }\n", status=3)
        self.assertIn("selinux.booleans needs a policy store", failed.stderr)

    @unittest.skipUnless(shutil.which("openssl") and shutil.which("curl"), "needs openssl and curl")
    def test_what_is_cached_is_listed_and_removed(self):
        add_policy(self.root)
        pack(self.root, self.dir / "root.tar")
        self.make("{ archive: { file: root.tar } }")

        def cache(*arguments):
            return json.loads(selns("cache", *arguments, "--json", cache=self.cache, check=True).stdout)

        listed = cache("list")["entries"]
        self.assertEqual([(entry["kind"], entry["owner"]) for entry in listed],
                         [("bootstrap", "image"), ("index", "image")])
        self.assertGreater(listed[0]["bytes"], (self.dir / "root.tar").stat().st_size // 2)
        self.assertRegex(selns("cache", "list", cache=self.cache).stdout, r"bootstrap +1 entry[\s\S]*  image ")
        self.assertEqual(cache("clean", "--unused", "30")["entries"], 0)
        self.assertEqual(cache("clean", "--dry-run")["entries"], 2)
        self.assertEqual(cache("clean"), {"directory": str(self.cache / "selns-build"), "entries": 2,
                                          "bytes": sum(entry["bytes"] for entry in listed)})
        self.assertEqual(cache("list")["entries"], [])
        self.make("{ archive: { file: root.tar } }")

    def test_an_archive_is_downloaded_once_and_only_as_its_digest_says(self):
        add_policy(self.root)
        add_files(self.root)
        content = pack(self.root, self.dir / "root.tar.gz").read_bytes()
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", self.dir / "key.pem",
            "-out", self.dir / "cert.pem", check=True)
        asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append(self.path)
                there = self.path != "/none"
                self.send_response(200 if there else 404)
                self.end_headers()
                if there:
                    self.wfile.write(content)

            def log_message(self, *_):
                pass

        server = http.server.HTTPServer(("localhost", 0), Handler)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self.dir / "cert.pem", self.dir / "key.pem")
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

        def make(path, digest, status, trusted=True, cache=self.cache):
            recipe = self.recipe(f'{{ archive: {{ file: "https://localhost:{server.server_port}{path}", '
                                 f'sha256: {digest} }} }}')
            changes = {"CURL_CA_BUNDLE": str(self.dir / "cert.pem")} if trusted else {}
            return self.build(recipe, "-o", self.dir / "out", cache=cache, status=status,
                              env=support.environment(cache, no_proxy="localhost", **changes))

        digest = hashlib.sha256(content).hexdigest()
        self.assertIn("cannot fetch", make("/root.tar.gz", digest, 4, trusted=False).stderr)
        self.assertIn("404", make("/none", digest, 4).stderr)
        self.assertIn("not what sha256 says", make("/[1]{a,b}", "a" * 64, 3).stderr)
        del asked[:]
        make("/root.tar.gz", digest, 0)
        self.assertLabelled()
        make("/elsewhere", digest, 0)
        self.assertEqual(asked, ["/root.tar.gz"])

    def test_hostile_archives_are_refused(self):
        def entry(name, **fields):
            info = tarfile.TarInfo(name)
            for key, value in fields.items():
                setattr(info, key, value)
            return info
        hostile = {
            r"a path with": entry("../evil"),
            r"an absolute path": entry("link", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
            r"a device, other": entry("sda", type=tarfile.BLKTYPE, devmajor=8),
            r"too many directories": entry("d/" * 300 + "f"),
        }
        for why, info in hostile.items():
            with tarfile.open(self.dir / "root.tar", "w", format=tarfile.PAX_FORMAT) as tar:
                tar.addfile(entry("file"))
                tar.addfile(info)
            failed = self.make("{ archive: { file: root.tar } }", status=3)
            self.assertRegex(failed.stderr, why)
            self.assertRegex(failed.stderr, r"image\.yaml:2")
        zeros = gzip.compress(bytes(16 << 20))
        self.write("root.tar.gz", gzip.compress(entry("zeros", size=400 << 20).tobuf()) + 25 * zeros +
                   gzip.compress(bytes(1024)))
        failed = self.make("{ archive: { file: root.tar.gz } }", status=3)
        self.assertRegex(failed.stderr, "larger together than such an archive may hold")


@needs_root
class Directories(Sources):
    def test_a_directory_is_taken_as_it_is(self):
        add_policy(self.root)
        add_files(self.root)
        os.chown(self.root / "var/log/auth.log", 5, 6)
        os.link(self.root / "etc/passwd", self.root / "etc/same")
        self.make("{ directory: { path: root } }")
        self.assertLabelled()
        listed = run("tar", "--numeric-owner", "-tvf", self.dir / "out/image.tar", check=True).stdout
        self.assertRegex(listed, r" 5/6 .* \./var/log/auth\.log")
        self.assertRegex(listed, r"\./etc/same link to \./etc/passwd")
        again = self.build(self.dir / "image.yaml", "-o", self.dir / "out", cache=self.cache)
        self.assertIn("up to date", again.stdout + again.stderr)
        (self.root / "etc/new").write_text("")
        self.make("{ directory: { path: root } }")
        self.assertIn("./etc/new", self.names())


@needs_root
class Changes(Sources):
    """Commands and packages in a root that exists already."""

    def test_commands_run_inside(self):
        add_policy(self.root)
        add_files(self.root)
        add_programs(self.root, PROGRAMS)
        pack(self.root, self.dir / "root.tar")
        self.make("{ archive: { file: root.tar } }", """\
            files: [{ target: /etc/greeting, content: hello }]
            commands:
              - "cat /etc/greeting > /etc/answer; id -u >> /etc/answer"
              - "[ -c /dev/null ] && [ -d /proc/1 ] && touch /etc/mounted"
            """)
        self.assertLabelled()
        unpacked = self.dir / "unpacked"
        support.unpack(self.dir / "out/image.tar", unpacked)
        self.assertEqual((unpacked / "etc/answer").read_text(), "hello0\n")
        self.assertTrue((unpacked / "etc/mounted").exists())
        self.assertEqual(os.listdir(unpacked / "dev"), [])
        self.assertEqual(os.listdir(unpacked / "run"), [])
        self.assertFalse((unpacked / "etc/resolv.conf").exists())
        failed = self.make("{ archive: { file: root.tar } }", "commands: ['exit 7']\n", status=4)
        self.assertRegex(failed.stderr, r"image\.yaml:3:\d+: the command ended with status 7")

    def test_a_local_package_is_installed_with_the_image_s_own_apt(self):
        add_policy(self.root)
        add_files(self.root)
        add_apt(self.root)
        pack(self.root, self.dir / "root.tar")
        tree = self.dir / "extra"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(
            "Package: extra\nVersion: 1.5\nArchitecture: all\nMaintainer: Nobody <n@example.org>\n"
            "Description: a package of the tests\n")
        (tree / "usr/bin").mkdir(parents=True)
        (tree / "usr/bin/extra").write_text("")
        run("dpkg-deb", "--root-owner-group", "-b", tree, self.dir / "extra.deb", check=True)
        self.make("{ archive: { file: root.tar } }", "packages: [./extra.deb]\n")
        self.assertLabelled()
        self.assertIn("./usr/bin/extra", self.names())
        self.assertIn({"name": "extra", "version": "1.5", "architecture": "all"},
                      support.manifest(self.dir / "out")["packages"])
        self.assertFalse([name for name in self.names() if "selns-build" in name or ".deb" in name])
        failed = self.make("{ archive: { file: root.tar } }", "packages: [nowhere]\n", status=4)
        self.assertRegex(failed.stderr, r"image\.yaml:3:\d+: Unable to locate package nowhere")

    def test_what_cannot_run_says_so(self):
        add_policy(self.root)
        add_files(self.root)
        pack(self.root, self.dir / "root.tar")
        failed = self.make("{ archive: { file: root.tar } }", "packages: [nginx]\n", status=3)
        self.assertRegex(failed.stderr, r"image\.yaml:3:\d+: the image has neither apt nor dnf")
        failed = self.make("{ archive: { file: root.tar } }", "commands: ['true']\n", status=3)
        self.assertIn("nothing can run in it", failed.stderr)
        (self.root / "dev").symlink_to("/tmp")
        add = self.dir / "with-dev.tar"
        pack(self.root, add)
        failed = self.make("{ archive: { file: with-dev.tar } }", "commands: ['true']\n", status=3)
        self.assertIn("/dev is no directory", failed.stderr)


class Layout:
    """An OCI layout, written by hand as tools write it."""

    def __init__(self, directory):
        self.directory = directory
        (directory / "blobs/sha256").mkdir(parents=True)
        (directory / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')

    def blob(self, content, media_type):
        digest = hashlib.sha256(content).hexdigest()
        (self.directory / "blobs/sha256" / digest).write_bytes(content)
        return {"mediaType": f"application/vnd.oci.image.{media_type}", "digest": f"sha256:{digest}",
                "size": len(content)}

    def write(self, *layers):
        packed = [gzip.compress(layer, 1) for layer in layers]
        config = {"architecture": "amd64", "os": "linux",
                  "config": {"Env": ["LANG=C.UTF-8"], "Entrypoint": ["/sbin/init"], "User": "web"},
                  "rootfs": {"type": "layers", "diff_ids": [
                      "sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]}}
        manifest = {"schemaVersion": 2,
                    "config": self.blob(json.dumps(config).encode(), "config.v1+json"),
                    "layers": [self.blob(layer, "layer.v1.tar+gzip") for layer in packed]}
        named = self.blob(json.dumps(manifest).encode(), "manifest.v1+json")
        named["annotations"] = {"org.opencontainers.image.ref.name": "latest"}
        (self.directory / "index.json").write_text(
            json.dumps({"schemaVersion": 2, "manifests": [named]}))


class Images(Sources):
    def layers(self):
        add_policy(self.root)
        add_files(self.root)
        (self.root / "opt/app").mkdir(parents=True)
        (self.root / "opt/app/old").write_text("old")
        (self.root / "opt/gone").write_text("gone")
        upper = self.dir / "upper"
        (upper / "opt/app").mkdir(parents=True)
        (upper / "opt/.wh.gone").touch()
        (upper / "opt/app/.wh..wh..opq").touch()
        (upper / "opt/app/new").write_text("new")
        return [pack(top, self.dir / f"{top.name}.tar", "--owner=0", "--group=0").read_bytes()
                for top in (self.root, upper)]

    def test_layers_are_applied_and_the_configuration_kept(self):
        Layout(self.dir / "layout").write(*self.layers())
        for path in ("layout", "layout.tar"):
            if path.endswith(".tar"):
                pack(self.dir / "layout", self.dir / path)
            self.make(f"{{ oci: {{ path: {path}, ref: latest }} }}")
            self.assertLabelled()
            names = self.names()
            self.assertIn("./opt/app/new", names)
            self.assertFalse(names & {"./opt/app/old", "./opt/gone"})
            self.assertFalse([name for name in names if ".wh." in name])
            config = support.manifest(self.dir / "out")["bootstrap"]["config"]
            self.assertEqual(config["User"], "web")
        failed = self.make("{ oci: { path: layout, ref: none } }", status=3)
        self.assertRegex(failed.stderr, r"image\.yaml:2.*no image none, but: latest")

    @needs_root
    @unittest.skipUnless(shutil.which("umoci"), "needs the package umoci")
    def test_an_image_of_umoci_is_what_umoci_unpacks(self):
        self.layers()
        image = f"{self.dir}/layout:web"
        bundle = self.dir / "bundle"
        umoci = lambda *words: run("umoci", *words, check=True)
        umoci("init", "--layout", self.dir / "layout")
        umoci("new", "--image", image)
        umoci("unpack", "--image", image, bundle)
        run("cp", "-a", f"{self.root}/.", bundle / "rootfs", check=True)
        umoci("repack", "--image", image, bundle)
        shutil.rmtree(bundle / "rootfs/opt/app")
        (bundle / "rootfs/opt/gone").unlink()
        (bundle / "rootfs/opt/app").write_text("a file now")
        os.chown(bundle / "rootfs/etc/passwd", 3, 4)
        umoci("repack", "--image", image, bundle)
        umoci("config", "--image", image, "--config.user", "root")
        umoci("unpack", "--image", image, self.dir / "unpacked")
        self.make("{ oci: { path: layout } }", "selinux: { label: warn }\n")
        support.unpack(self.dir / "out/image.tar", self.dir / "made")
        facts = lambda top: {
            str(path.relative_to(top)): (path.lstat().st_mode, path.lstat().st_uid, path.lstat().st_gid,
                                         path.read_bytes() if path.is_file() else b"")
            for path in top.rglob("*") if not {"selinux", "hostname"} & set(path.parts)}
        self.assertEqual(facts(self.dir / "made"), facts(self.dir / "unpacked/rootfs"))
        self.assertEqual(support.manifest(self.dir / "out")["bootstrap"]["config"]["User"], "root")

    def test_damaged_and_hostile_layers_are_refused(self):
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w") as tar:
            tar.addfile(tarfile.TarInfo("../evil"))
        Layout(self.dir / "layout").write(data.getvalue())
        failed = self.make("{ oci: { path: layout } }", status=3)
        self.assertRegex(failed.stderr, r"layer 1 .*a path with")
        for blob in (self.dir / "layout/blobs/sha256").iterdir():
            content = bytearray(blob.read_bytes())
            content[-1] ^= 1
            blob.write_bytes(content)
        failed = self.make("{ oci: { path: layout } }", status=3)
        self.assertRegex(failed.stderr, "has another digest")


class Android(Sources):
    CONTEXTS = {
        "system/etc/selinux/plat_file_contexts":
            "/ u:object_r:base_t:s0\n/system(/.*)? u:object_r:system_t:s0\n/vendor(/.*)? u:object_r:base_t:s0\n",
        "product/etc/selinux/product_file_contexts": "/product(/.*)? u:object_r:product_t:s0\n",
        "vendor/etc/selinux/vendor_file_contexts": "/vendor(/.*)? u:object_r:vendor_t:s0\n",
        "system/etc/selinux/plat_property_contexts": "ro. u:object_r:prop_t:s0\n",
    }
    POLICY = """\
        (mls true) (class file (read)) (classorder (file)) (sid kernel) (sidorder (kernel))
        (sensitivity s0) (sensitivityorder (s0)) (user u) (role r) (role object_r) (userrole u r)
        (type base_t) (type system_t) (type product_t) (type vendor_t) (roletype r base_t)
        (roletype object_r base_t)
        (roletype object_r system_t) (roletype object_r product_t) (roletype object_r vendor_t)
        (userrole u object_r) (userlevel u (s0)) (userrange u ((s0) (s0)))
        (sidcontext kernel (u r base_t ((s0) (s0))))
        (allow base_t system_t (file (read)))
        """

    def fill(self):
        for path, text in self.CONTEXTS.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        (self.root / "system/bin").mkdir()
        (self.root / "system/bin/sh").write_text("")
        (self.root / "etc").symlink_to("/system/etc")
        policy = self.write("policy.cil", textwrap.dedent(self.POLICY))
        run("secilc", "-M", "1", "-c", "30", "-o", self.root / "vendor/etc/selinux/precompiled_sepolicy",
            "-f", "/dev/null", policy, check=True)
        pack(self.root, self.dir / "android.tar")

    def test_labels_come_from_its_partitions(self):
        self.fill()
        shutil.copy(SOURCE / "recipes/android/android.yaml", self.dir)
        for command in ("check", "plan"):
            said = selns(command, self.dir / "android.yaml", cache=self.cache)
            self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
        self.build(self.dir / "android.yaml", "-o", self.dir / "out", cache=self.cache)
        image = self.dir / "out/android.tar"
        listed = dict(line.split("\t") for line in selns("label", "list", image).stdout.splitlines())
        self.assertEqual(listed["/system/bin/sh"], "u:object_r:system_t:s0")
        self.assertEqual(listed["/product"], "u:object_r:product_t:s0")
        self.assertEqual(listed["/vendor/etc"], "u:object_r:vendor_t:s0")
        unpacked = run("tar", "-xOf", image, "./system/etc/selinux/plat_property_contexts", check=True).stdout
        self.assertEqual(unpacked, self.CONTEXTS["system/etc/selinux/plat_property_contexts"])
        said = selns("show", self.dir / "out", cache=self.cache)
        self.assertEqual(said.returncode, 0, said.stderr)
        failed = selns("build", self.dir / "android.yaml", "-o", self.dir / "out", "--set",
                       "selinux.booleans={x: true}", cache=self.cache)
        self.assertFails(failed, 3, "selinux.booleans needs a policy store", "labels can be made")

    def test_denials_are_judged_by_an_archive_and_a_directory(self):
        self.fill()
        log = self.write("log", "".join(
            f"type=1400 audit(0.0:{number}): avc: denied {{ read }} for scontext=u:r:base_t:s0 "
            f"tcontext=u:object_r:{target}:s0 tclass=file permissive=0\n"
            for number, target in enumerate(("system_t", "vendor_t"))))
        for what in (self.dir / "android.tar", self.root):
            for _ in range(2):  # made, and kept
                said = selns("denials", "explain", log, "--policy", what, "--json", "--all", cache=self.cache)
                self.assertEqual(said.returncode, 0, said.stderr)
                verdicts = {found["target"]: found["verdict"] for found in json.loads(said.stdout)["findings"]}
                self.assertEqual(verdicts, {"system_t": "already allowed", "vendor_t": "allow"}, what)
        listed = selns("label", "list", self.root, "/vendor/etc").stdout
        self.assertIn("u:object_r:vendor_t:s0", listed)


class Ubuntu(support.TestCase):
    """A repository that is made here stands for Ubuntu's."""

    def setUp(self):
        super().setUp()
        os.chmod(self.dir, 0o755)
        home = self.dir / "gnupg"
        home.mkdir(mode=0o700)
        self.gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--pinentry-mode", "loopback",
                    "--passphrase", ""]
        self.addCleanup(run, "gpgconf", "--homedir", home, "--kill", "all")
        for name in ("archive", "other"):
            run(*self.gpg, "--quick-generate-key", f"{name}@example.org", "rsa3072", "sign", "never",
                check=True)
            self.write(f"{name}.asc", run(*self.gpg, "--armor", "--export", f"{name}@example.org",
                                          check=True).stdout)

    def package(self, component, name, files=(), **fields):
        tree = self.dir / "packages" / name
        control = {"Package": name, "Version": "1.0", "Architecture": "all", "Priority": "required",
                   "Maintainer": "Nobody <nobody@example.org>", "Description": "of the tests", **fields}
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text("".join(f"{key}: {value}\n" for key, value in control.items()))
        for add in files:
            add(tree)
        pool = self.dir / "ubuntu/pool" / component
        pool.mkdir(parents=True, exist_ok=True)
        run("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree, pool / f"{name}_1.0_all.deb",
            check=True)

    def publish(self, signer):
        dist = self.dir / "ubuntu/dists/noble"
        for component in ("main", "universe"):
            for machine in ("all", "amd64"):
                index = dist / component / f"binary-{machine}"
                index.mkdir(parents=True, exist_ok=True)
                (index / "Packages").write_text(run(
                    "apt-ftparchive", "packages", f"pool/{component}", cwd=self.dir / "ubuntu",
                    check=True).stdout)
        release = run("apt-ftparchive", "-o", "APT::FTPArchive::Release::Origin=Ubuntu", "-o",
                      "APT::FTPArchive::Release::Codename=noble", "-o",
                      "APT::FTPArchive::Release::Suite=noble", "-o",
                      "APT::FTPArchive::Release::Architectures=all amd64", "-o",
                      "APT::FTPArchive::Release::Components=main universe", "release", dist, check=True).stdout
        (dist / "InRelease").unlink(missing_ok=True)
        self.write("ubuntu/dists/noble/Release", release)
        run(*self.gpg, "--local-user", f"{signer}@example.org", "--clearsign", "-o", dist / "InRelease",
            dist / "Release", check=True)

    def test_its_archive_is_installed_when_it_is_signed_by_its_key(self):
        def system(tree):
            add_apt(tree)
            add_files(tree)
            (tree / "var/lib/dpkg/status").unlink()
            shutil.copy("/usr/bin/true", tree / "usr/bin/true")

        self.package("main", "base", [system], Essential="yes")
        self.package("universe", "selinux-policy-default", [add_policy])
        self.publish("archive")
        recipe = self.write("image.yaml", f"""\
name: image
from:
  ubuntu: {{ release: noble, mirror: "file://{self.dir}/ubuntu", key: archive.asc }}
images: [tar]
""")
        self.build(recipe, "-o", self.dir / "out", cache=self.dir / "cache")
        said = selns("label", "verify", self.dir / "out/image.tar")
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
        facts = support.manifest(self.dir / "out")
        self.assertEqual([package["name"] for package in facts["packages"]],
                         ["base", "selinux-policy-default"])
        sources = run("tar", "-xOf", self.dir / "out/image.tar",
                      "./etc/apt/sources.list.d/0000release.sources", check=True).stdout
        self.assertIn(f"URIs: file://{self.dir}/ubuntu\n", sources)
        self.assertIn("BEGIN PGP PUBLIC KEY", sources)

        self.publish("other")
        failed = self.build(recipe, "-o", self.dir / "out2", cache=self.dir / "cache2", status=4)
        self.assertRegex(failed.stderr, "is not signed|NO_PUBKEY|could not be verified")


class Recipes(support.TestCase):
    """Those that are shipped."""

    def test_each_passes_check_and_plan(self):
        recipes = sorted((SOURCE / "recipes").glob("*.yaml"))
        self.assertGreaterEqual(len(recipes), 6)
        for recipe in recipes:
            with self.subTest(recipe.name):
                for command in ("check", "plan"):
                    said = selns(command, recipe, cache=self.dir / "cache")
                    self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
                # What is shared says where it comes from.
                self.assertRegex(said.stdout, r"systemd[\s\S]*(apt|dnf)\.yaml:\d+")


class Releases(support.TestCase):
    """Debian's releases, from the host's mirror: among the slow tests."""

    def test_each_is_built_and_labelled(self):
        for release in ("bullseye", "trixie", "testing"):
            with self.subTest(release):
                recipe = self.write("image.yaml", f"name: image\nfrom: {{ debian: {{ release: {release} }} }}\n"
                                                  "packages: [systemd-sysv, udev]\nimages: [tar]\n")
                said = selns("build", recipe, "-o", self.dir / release)
                if "is expired" in said.stderr:
                    self.skipTest(said.stderr)
                self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
                verified = selns("label", "verify", self.dir / release / "image.tar")
                self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
