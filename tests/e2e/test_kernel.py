"""Kernels: Debian's packages, a source that is compiled, and what a kernel can do."""

import gzip
import json
import lzma
import os
import pathlib
import re
import struct
import unittest

import support
from support import run, selns

# Stands for a kernel's source: `make` configures and compiles it in a moment. CONFIG_LOST has
# dependencies that are not met, CONFIG_LOWERED can only be a module.
MAKEFILE = """
allnoconfig:
\tgrep -v LOST= $(KCONFIG_ALLCONFIG) | sed s/LOWERED=y/LOWERED=m/ > .config
olddefconfig:
\ttest -s .config
image_name:
\t@echo arch/x86/boot/bzImage
kernelrelease:
\t@echo 6.1.0-fake
modules:
	@true
bzImage:
\t@echo "  CC      main.o"
\tmkdir -p arch/x86/boot
\tcat main.c > arch/x86/boot/bzImage
\techo "$(KBUILD_BUILD_TIMESTAMP)" >> arch/x86/boot/bzImage
modules_install:
\tmkdir -p $(INSTALL_MOD_PATH)/lib/modules/6.1.0-fake
\tln -s /nowhere $(INSTALL_MOD_PATH)/lib/modules/6.1.0-fake/build
\ttouch $(INSTALL_MOD_PATH)/lib/modules/6.1.0-fake/modules.dep
\ttouch $(INSTALL_MOD_PATH)/lib/modules/6.1.0-fake/modules.builtin
"""
KCONFIG = "config GOOD\nconfig LOST\nconfig LOWERED\n"


def bzimage(config, compress):
    """A kernel image that carries CONFIG, as Linux's build makes it."""
    carried = b"IKCFG_ST" + gzip.compress(config.encode()) + b"IKCFG_ED"
    payload = compress(b"\x7fELF" + os.urandom(100000) + carried + os.urandom(1000))
    if compress is not gzip.compress:
        payload += struct.pack("<I", 101012)
    image = bytearray(1024)
    image[0x1F1] = 1
    image[0x202:0x206] = b"HdrS"
    image[0x206:0x208] = struct.pack("<H", 0x20F)
    image[0x248:0x250] = struct.pack("<II", 0, len(payload))
    return bytes(image) + payload


class Kernels(support.TestCase):
    def kernel(self, command, *arguments, status=0, **options):
        result = selns("kernel", command, *arguments, **options)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def examined(self, *arguments, **options):
        return json.loads(self.kernel("check", *arguments, "--json", **options).stdout)

    def image_recipe(self, kernel):
        return self.write(f"{kernel}.yaml", "name: a\nfrom: { debian: { release: bookworm } }\n"
                                            f"launch: {{ kernel: {kernel} }}\n")


class Compiled(Kernels):
    """With a source that stands for a kernel's."""

    def setUp(self):
        super().setUp()
        self.cache = self.dir / "cache"
        self.out = self.dir / "out"
        self.write("tree/Makefile", MAKEFILE)
        self.write("tree/Kconfig", KCONFIG)
        self.write("tree/main.c", "a kernel\n")

    def recipe(self, fragment, extra=""):
        self.write("my.config", fragment)
        return self.write("k.yaml", "name: mine\nabout: A kernel\nsource: { directory: tree }\n"
                                    f"fragments: [my.config]\n{extra}")

    def make(self, recipe, *arguments, **options):
        return self.kernel("build", recipe, "-o", self.out, *arguments, cache=self.cache, **options)

    def test_a_bundle_is_made_once(self):
        recipe = self.recipe("CONFIG_GOOD=y\nCONFIG_LOWERED=m\n")
        self.assertNotIn("from the cache", self.make(recipe).stdout)
        manifest = json.loads((self.out / "manifest.json").read_text())
        self.assertEqual((manifest["name"], manifest["version"]), ("mine", "6.1.0-fake"))
        self.assertEqual(manifest["steps"], 1)
        self.assertEqual((self.out / "vmlinuz").read_text(), "a kernel\n2026-09-21T14:13:20Z\n")
        self.assertEqual((self.out / "config").read_text(), "CONFIG_GOOD=y\nCONFIG_LOWERED=m\n")
        modules = self.out / "lib/modules/6.1.0-fake"
        self.assertEqual(sorted(p.name for p in modules.iterdir()),
                         ["modules.builtin", "modules.dep"])
        self.assertIn("CC      main.o", (self.dir / "out.log").read_text())
        self.assertEqual(support.leftovers(self.dir), [])
        before = (self.out / "manifest.json").read_bytes()
        self.assertIn("from the cache", self.make(recipe).stdout)
        self.assertEqual((self.out / "manifest.json").read_bytes(), before)
        self.write("tree/main.c", "another kernel\n")
        result = json.loads(self.make(recipe, "--json").stdout)
        self.assertFalse(result["cached"])
        self.assertIn("another", (self.out / "vmlinuz").read_text())
        # An older one is still in the cache.
        self.write("tree/main.c", "a kernel\n")
        self.assertTrue(json.loads(self.make(recipe, "--json").stdout)["cached"])

    def test_symbols_that_did_not_survive(self):
        recipe = self.recipe("# a comment\nCONFIG_GOOD=y\nCONFIG_LOST=y\nCONFIG_LOWERED=y\n"
                             "CONFIG_LOST_AND_UNKNOWN=y\n")
        result = self.make(recipe, status=3)
        self.assertFails(result, 3,
                         r"my\.config:3: CONFIG_LOST=y: not set; something it depends on is not",
                         r"my\.config:4: CONFIG_LOWERED=y: came out as m")
        self.assertFalse(self.out.exists())
        self.assertEqual(list((self.cache / "selns-build/staging").iterdir()), [])
        self.assertFails(self.make(recipe, "--config-only", status=3), 3, r"my\.config:3: ")

    def test_what_the_recipe_says_it_provides(self):
        recipe = self.recipe("CONFIG_GOOD=y\n", "provides: [audit]\n")
        self.assertFails(self.make(recipe, status=1), 1, "does not provide", "audit: no CONFIG_AUDIT")

    def test_a_compilation_that_fails(self):
        said = "echo 'main.c:7:1: error: so it is' && false"
        self.write("tree/Makefile", MAKEFILE.replace("mkdir -p arch", f"{said} && mkdir -p arch"))
        result = self.make(self.recipe("CONFIG_GOOD=y\n"), status=4)
        self.assertFails(result, 4, r"main\.c:7:1: error: so it is", r"out\.log")
        self.assertFalse(self.out.exists())

    def test_another_source_and_a_place_that_is_taken(self):
        recipe = self.recipe("CONFIG_GOOD=y\n")
        self.write("other/Makefile", MAKEFILE)
        self.write("other/Kconfig", KCONFIG)
        self.write("other/main.c", "other\n")
        self.make(recipe, "--source", self.dir / "other")
        self.assertIn("other", (self.out / "vmlinuz").read_text())
        self.assertFails(self.make("debian", "--source", self.dir / "other", status=2), 2,
                         "--source does not go with it")
        mine = self.write("taken/file", "mine")
        result = selns("kernel", "build", recipe, "-o", mine.parent, cache=self.cache)
        self.assertFails(result, 1, "not a kernel bundle")
        self.assertEqual(mine.read_text(), "mine")

    def test_a_source_that_cannot_be_reached(self):
        recipe = self.write("git.yaml", "name: g\nabout: x\nsource:\n"
                                        "  git: { url: file:///nonexistent/linux, branch: main }\n")
        result = self.make(recipe, status=4)
        self.assertFails(result, 4, r"git\.yaml:4:3: cannot reach file:///nonexistent/linux")

    def test_wrong_recipes(self):
        self.assertFails(self.make("debain", status=3), 3, r"did you mean debian\?")
        recipe = self.write("bad.yaml", "name: x\nabuot: y\nsource: {}\n")
        self.assertFails(self.make(recipe, status=3), 3, r"bad\.yaml:2:1: abuot: unknown key",
                         "expected exactly one of git, package, source_package or directory")


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "three builds")
class Beside(Kernels):
    """The kernel that a build leaves beside its images."""

    def test_a_kernel_that_was_built(self):
        self.write("tree/Makefile", MAKEFILE)
        self.write("tree/Kconfig", KCONFIG)
        self.write("tree/main.c", "a kernel\n")
        self.write("my.config", "CONFIG_GOOD=y\n")
        kernel = self.write("k.yaml", "name: e2e-beside\nabout: A kernel\n"
                                      "source: { directory: tree }\nfragments: [my.config]\n")
        self.kernel("build", kernel, "-o", self.dir / "kernel")
        text = (support.SOURCE / "examples/quickstart.yaml").read_text()
        text = re.sub(r"    logs: .*\n", "", text).replace("[tar, ext4]", "[ext4]")
        recipe = self.write("web.yaml", text.replace("kernel: debian", "kernel: e2e-beside"))
        out = self.dir / "out"
        self.build(recipe, "-o", out)
        beside = out / "quickstart.kernel"
        run("diff", "-r", self.dir / "kernel", beside, check=True)
        launch = json.loads((out / "quickstart.launch.json").read_text())
        self.assertEqual(launch["kernel"]["bundle"], "quickstart.kernel")
        self.assertEqual(support.manifest(out)["kernel"]["version"], "6.1.0-fake")
        self.assertIn("up to date", self.build(recipe, "-o", out).stdout)
        # Another kernel is another output.
        self.write("tree/main.c", "another kernel\n")
        self.kernel("build", kernel, "-o", self.dir / "kernel")
        self.build(recipe, "-o", out)
        self.assertIn("another", (beside / "vmlinuz").read_text())


class Packages(Kernels):
    """With Debian's packages, from this machine's package sources."""

    def kernel(self, command, *arguments, **options):
        return super().kernel(command, *arguments, cache=support.KERNEL_CACHE, **options)

    def test_the_packaged_kernel(self):
        out = self.dir / "out"
        host = ["/var/lib/apt/lists", "/var/cache/apt"]
        before = support.tree_hash(*host)
        self.kernel("build", "debian", "-o", out)
        self.assertEqual(support.tree_hash(*host), before)
        manifest = json.loads((out / "manifest.json").read_text())
        version = manifest["version"]
        self.assertEqual(manifest["source"]["package"], f"linux-image-{version}")

        # dpkg and depmod tell what should be there.
        run("apt-get", "download", f"linux-image-{version}={manifest['source']['version']}",
            cwd=self.dir, check=True)
        (deb,) = self.dir.glob("*.deb")
        root = self.dir / "root"
        run("dpkg-deb", "-x", deb, root, check=True)
        run("depmod", "-b", root, version, check=True)
        self.assertEqual((out / "vmlinuz").read_bytes(),
                         (root / f"boot/vmlinuz-{version}").read_bytes())
        self.assertEqual((out / "config").read_bytes(),
                         (root / f"boot/config-{version}").read_bytes())
        run("diff", "-r", out / "lib/modules", root / "lib/modules", check=True)

        self.assertIn("from the cache", self.kernel("build", "debian", "-o", out).stdout)
        (listed,) = [k for k in json.loads(self.kernel("list", "--json").stdout)
                     if k["name"] == "debian"]
        self.assertEqual(listed["built"]["version"], version)
        self.check_of(out, version)

    def check_of(self, out, version):
        facts = self.examined(out)
        self.assertEqual(facts["release"], version)
        states = {name: ability["state"] for name, ability in facts["abilities"].items()}
        for name, state in {"selinux": "yes", "selinux-namespaces": "no", "selinux-default": "no",
                            "audit": "yes", "tmpfs": "yes", "devtmpfs": "yes",
                            "virtio-blk": "module", "namespaces": "yes"}.items():
            self.assertEqual(states[name], state, name)
        self.assertIn(states["ext4"], ["yes", "module"])
        self.assertEqual(facts["modes"]["vm"]["works"], "yes")
        self.assertIn("security=selinux", " ".join(facts["modes"]["vm"]["notes"]))
        self.assertEqual(facts["modes"]["namespace"]["works"], "no")
        self.kernel("check", out, "--recipe", self.image_recipe("debian"))
        self.kernel("check", out, "--recipe", self.image_recipe("selinuxns"), status=1)
        # Debian's image carries no configuration.
        self.assertFails(self.kernel("check", out / "vmlinuz", status=3), 3,
                         "no configuration is embedded")

    def test_the_source_is_configured_completely(self):
        out = self.dir / "out"
        self.kernel("build", "debian-source", "--config-only", "-o", out)
        config = self.dir / "out.config"
        lines = set(config.read_text().splitlines())
        for name in ("base", "qemu", "images", "systemd", "containers", "selinux"):
            for line in (support.SOURCE / f"kernel/fragments/{name}.config").read_text().splitlines():
                if line.startswith("CONFIG_"):
                    self.assertIn(line, lines)
        self.assertNotRegex("\n".join(lines), r"=m\b")
        facts = self.examined(config)
        self.assertEqual(facts["modes"]["vm"], {"works": "yes", "reasons": [], "notes": []})
        self.assertEqual(facts["abilities"]["selinux-default"]["state"], "yes")


class Checks(Kernels):
    CONFIG = "# Linux/x86 6.1.9 Kernel Configuration\nCONFIG_SECURITY=y\nCONFIG_SECURITY_NETWORK=y\n" \
             "CONFIG_SECURITY_SELINUX=y\nCONFIG_AUDIT=y\nCONFIG_TMPFS=y\nCONFIG_TMPFS_XATTR=y\n" \
             "CONFIG_UTS_NS=y\nCONFIG_IPC_NS=y\nCONFIG_PID_NS=y\nCONFIG_NET_NS=y\nCONFIG_CGROUPS=y\n" \
             "CONFIG_BPF_SYSCALL=y\nCONFIG_CGROUP_BPF=y\nCONFIG_SECCOMP_FILTER=y\n"

    def test_configurations_with_and_without_namespaces(self):
        without = self.write("without", self.CONFIG)
        facts = self.examined(without, status=1)
        self.assertEqual({mode: verdict["works"] for mode, verdict in facts["modes"].items()},
                         {"vm": "no", "namespace": "no"})
        with_them = self.write("with", self.CONFIG + "CONFIG_SECURITY_SELINUX_NS=y\n")
        facts = self.examined(with_them)
        self.assertEqual(facts["modes"]["namespace"]["works"], "yes")
        self.assertIn("directory checks", " ".join(facts["modes"]["namespace"]["notes"]))
        self.kernel("check", with_them, "--recipe", self.image_recipe("debian"), status=1)
        text = self.kernel("check", with_them).stdout
        self.assertRegex(text, r"SELinux namespaces +built in")
        self.assertRegex(text, r"vm +cannot work, as a virtual machine\n +no devtmpfs")

    def test_images_that_carry_their_configuration(self):
        for name, compress in {"gzip": gzip.compress, "xz": lzma.compress}.items():
            image = self.write(name, bzimage(self.CONFIG, compress))
            facts = self.examined(image, status=1)
            self.assertEqual(facts["from"], "the embedded configuration")
            self.assertEqual(facts["abilities"]["selinux"]["state"], "yes")
            damaged = self.write("damaged", image.read_bytes()[:50000])
            self.assertFails(self.kernel("check", damaged, status=3), 3, "no configuration")

    def test_the_running_kernel(self):
        result = selns("kernel", "check", "--running", "--json")
        self.assertIn(result.returncode, (0, 1), result.stderr)
        facts = json.loads(result.stdout)
        self.assertEqual(facts["release"], os.uname().release)
        security = pathlib.Path("/sys/kernel/security/lsm")
        if security.is_file() and "selinux" in security.read_text().split(","):
            self.assertEqual(facts["abilities"]["selinux"]["state"], "yes")

    def test_wrong_input(self):
        self.kernel("check", status=2)
        self.kernel("check", "--running", "x", status=2)
        self.assertFails(self.kernel("check", self.write("x", "hello\n"), status=3), 3,
                         "neither a kernel's configuration nor")
        self.assertFails(self.kernel("check", self.dir, status=3), 3, r"manifest\.json")
        self.assertFails(self.kernel("build", "debian", "--jobs", "0", status=2), 2, "--jobs")


@unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "compiles a kernel: tens of minutes")
class Whole(Kernels):
    def test_the_source_is_compiled(self):
        out = self.dir / "out"
        self.kernel("build", "debian-source", "-o", out)
        self.assertFalse((out / "lib").exists())
        facts = self.examined(out / "vmlinuz")
        self.assertEqual(facts["from"], "the embedded configuration")
        self.assertEqual(facts["modes"]["vm"]["works"], "yes")
        self.assertIn("from the cache", self.kernel("build", "debian-source", "-o", out).stdout)
        self.boots(out)

    def boots(self, kernel):
        """With everything built in, the initramfs has no module to load."""
        recipe = (support.SOURCE / "examples/quickstart.yaml").read_text()
        self.build(self.write("quickstart.yaml", re.sub(r"    logs: .*\n", "", recipe)),
                   "-o", self.dir / "image")
        result = selns("boot", self.dir / "image", "--kernel", kernel, "--json")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        seen = json.loads(result.stdout)
        self.assertEqual((seen["target"], seen["selinux"]), ("graphical.target", "permissive"))
        self.assertTrue(seen["login_prompt"] and seen["clean_shutdown"])
        self.assertEqual(seen["failed_units"], [])


if __name__ == "__main__":
    unittest.main()
