"""A small distribution of RPM packages, made of what this machine has: for tests of dnf."""

import os
import pathlib
import re
import shutil

from support import run

VENDOR = "Selns Tests"

# What shows in the image how its scripts ran.
SCRIPT = """
exec 2>/dev/null
{ echo "HOME=$HOME"; echo "umask=$(umask)"; echo "LC_ALL=$LC_ALL"; echo "pid1=$(cat /proc/1/comm)"
  (echo 0 > /proc/sys/kernel/printk_delay) && echo "proc is writable"
  ls -d /run/systemd /run/dbus; ls /proc/self/fd | tr '\\n' ' '; } > /usr/share/hello/facts
"""


class Keys:
    """OpenPGP keys of a directory's own."""

    def __init__(self, home):
        self.home = pathlib.Path(home)
        self.home.mkdir(mode=0o700)
        self.environment = dict(os.environ, GNUPGHOME=str(home), HOME=str(home))

    def make(self, name):
        """Its public part, in a file."""
        run("gpg", "--batch", "--passphrase", "", "--quick-gen-key", f"{name} <{name}@example.org>",
            "rsa2048", "sign", "never", env=self.environment, check=True)
        public = self.home / f"{name}.asc"
        run("gpg", "--batch", "--armor", "--output", public, "--export", name,
            env=self.environment, check=True)
        return public

    def sign(self, name, *packages):
        run("rpmsign", "--define", f"_gpg_name {name}", "--define", f"_gpg_path {self.home}",
            "--define", "__gpg /usr/bin/gpg",
            "--addsign", *packages, env=self.environment, check=True)

    def end(self):
        run("gpgconf", "--kill", "all", env=self.environment)


class Package:
    def __init__(self, name, version="1.0-1", files=(), trees=(), links=(), head=(), scripts=(),
                 modes=()):
        self.name = name
        epoch, _, rest = version.rpartition(":")
        self.epoch, (self.version, self.release) = epoch or "0", rest.split("-")
        self.files = dict(files)  # path in the image: a file of this machine, or content
        self.trees = dict(trees)  # path in the image: a directory of this machine
        self.links, self.modes = dict(links), dict(modes)
        self.head = list(head)  # lines such as "Conflicts: other"
        self.scripts = dict(scripts)  # "post": its text

    def preamble(self):
        return [f"Epoch: {self.epoch}", f"Version: {self.version}", f"Release: {self.release}", f"Summary: {self.name}",
                "License: none", *self.head]

    def fill(self, root):
        """Puts its files below ROOT; returns the lines of its %files."""
        lines = []
        for path, target in self.links.items():
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(target)
            lines.append(path)
        for path, source in self.files.items():
            place = root / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(source, pathlib.Path):
                shutil.copy(source.resolve(), place)
            else:
                place.write_text(source)
            if path in self.modes:
                place.chmod(self.modes[path])
            lines.append(path)
        for path, source in self.trees.items():
            shutil.copytree(source, root / path.lstrip("/"), symlinks=True)
            lines.append(path)
        return lines


def build(packages, directory):
    """Builds all of PACKAGES in one run; they land in DIRECTORY."""
    work = pathlib.Path(directory) / ".work"
    roots = work / "root"
    roots.mkdir(parents=True)
    text = ["Name: selns-tests", "Version: 1", "Release: 1", "Summary: none", "License: none",
            f"Vendor: {VENDOR}", "%description", ""]
    for package in packages:
        text += [f"%package -n {package.name}", *package.preamble(), "AutoReqProv: no",
                 f"%description -n {package.name}", ""]
    text += ["%install", f"cp -a {roots}/. %{{buildroot}}", ""]
    for package in packages:
        text += [f"%files -n {package.name}", "%defattr(-,root,root)", *package.fill(roots), ""]
        for kind, script in package.scripts.items():
            text += [f"%{kind} -n {package.name}", script, ""]
    (work / "tests.spec").write_text("\n".join(text))
    defines = {"_topdir": work, "_rpmdir": directory, "_rpmfilename": "%%{NAME}-%%{VERSION}-%%{RELEASE}.rpm",
               "__os_install_post": "%{nil}", "debug_package": "%{nil}", "_binary_payload": "w.ufdio",
               "_build_id_links": "none", "clamp_mtime_to_source_date_epoch": "1"}
    argv = ["rpmbuild", "-bb", "--quiet"]
    for name, value in defines.items():
        argv += ["--define", f"{name} {value}"]
    # To find out what each file is, in several threads, takes longer than all the rest.
    (work / "magic").touch()
    run(*argv, work / "tests.spec", check=True,
        env=dict(os.environ, HOME=str(work), MAGIC=str(work / "magic"), OMP_NUM_THREADS="1"))
    shutil.rmtree(work)
    return {package.name: pathlib.Path(directory) /
            f"{package.name}-{package.version}-{package.release}.rpm" for package in packages}


def repository(directory):
    run("createrepo_c", "--quiet", "--simple-md-filenames", directory, check=True)


def program(*names):
    """Programs of this machine with the libraries that they need, by their paths in an image."""
    files = {}
    for name in names:
        path = pathlib.Path(shutil.which(name))
        files[f"/usr/bin/{name}"] = path
        for library in re.findall(r"(/\S+) \(0x", run("ldd", path).stdout):
            place = "/usr" + library if not library.startswith("/usr/") else library
            files[place] = pathlib.Path(library)
    return files


# What Debian's policy does not compile without, and the modules that these need.
MODULES = ("base", "getty", "unconfined", "xdg", "xserver")


def policies(root):
    """Two packages of this machine's policy, made below ROOT: with a store that has few modules, so
    that each commit to it takes little time, and without a store."""
    etc, store = root / "etc/selinux/targeted", root / "var/lib/selinux/targeted"
    modules = "active/modules/100"
    shutil.copytree("/etc/selinux/default", etc)
    shutil.copytree("/var/lib/selinux/default", store, ignore=lambda place, names: [
        name for name in names if place.endswith(modules) and name not in MODULES])
    (etc.parent / "config").write_text("SELINUX=enforcing\nSELINUXTYPE=targeted\n")
    shutil.copy("/etc/selinux/semanage.conf", etc.parent)
    run("semodule", "-p", root, "-s", "targeted", "-n", "-B", check=True)
    return [Package("selinux-policy-targeted", "40.1-1",
                    files={f"/etc/selinux/{name}": etc.parent / name
                           for name in ("config", "semanage.conf")},
                    trees={"/etc/selinux/targeted": etc, "/var/lib/selinux/targeted": store},
                    head=["Requires(post): bash"]),
            Package("selinux-policy-minimum", "40.1-1",
                    trees={f"/etc/selinux/minimum/{name}": etc / name
                           for name in ("contexts", "policy")})]


PROGRAMS = ("cat", "chmod", "cp", "env", "id", "ln", "ls", "mkdir", "mv", "rm", "sh", "touch", "tr",
            "true", "uname")


def base(release):
    """What every image of the distribution has; RELEASE is the package that names it."""
    passwd = "root:x:0:0:root:/root:/bin/bash\nbin:x:1:1:bin:/bin:/sbin/nologin\n"
    shell = program("bash")
    core = {path: file for path, file in program(*PROGRAMS[:-5], *PROGRAMS[-4:]).items()
            if path not in shell and path != "/usr/bin/sh"}
    return [
        Package("filesystem", files={"/etc/passwd": passwd, "/etc/group": "root:x:0:\nbin:x:1:\n",
                                     "/etc/shadow": "root:*:19000:0:99999:7:::\n"},
                links={"/bin": "usr/bin", "/sbin": "usr/sbin", "/lib": "usr/lib",
                       "/lib64": "usr/lib64"},
                head=["Requires: bash", "Provides: basesystem = 1"]),
        Package("bash", files=shell, links={"/usr/bin/sh": "bash"},
                head=["Requires(pre): filesystem", "Provides: /bin/sh"]),
        Package("coreutils", "9.4-2", files=core, head=["Requires: bash"]),
        Package(release, "43-1", files={"/etc/os-release": "ID=selns\nVERSION_ID=43\n"},
                head=["Requires: filesystem"]),
    ]
