"""The labels of directories, archives and images, against setfiles and libselinux."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time
import unittest

import support
from support import PROGRAM, needs_root, run, selns

POLICY = pathlib.Path("/etc/selinux/default")
STORE = pathlib.Path("/var/lib/selinux/default")
XATTR = "security.selinux"


def label_of(path):
    """As stored, with its NUL; nothing when there is none."""
    try:
        return os.getxattr(path, XATTR, follow_symlinks=False)
    except OSError:
        return None


def names_below(root):
    """Paths as the program names them, with the root as "/"; bytes."""
    root = os.fsencode(root)
    found = [b"/"]
    for top, directories, files in os.walk(root):
        found += [os.path.join(top, name)[len(root):] for name in directories + files]
    return found


def unescaped(text):
    """What printable() made of a name, undone."""
    return re.sub(rb"\\(\\|x[0-9a-f]{2})", lambda m: b"\\" if m[1] == b"\\" else bytes([int(m[1][1:], 16)]),
                  text.encode())


class Output(support.TestCase):
    def test_an_output_directory_names_its_images(self):
        self.write("web.manifest.json", "{}")
        tar = self.write("web.tar", "")
        ext4 = self.write("web.ext4", "")
        self.write("other.tar", "")  # no manifest's
        log = self.write("log", "")
        for words in (("label", "list", self.dir), ("label", "verify", self.dir),
                      ("denials", "explain", log, "--policy", self.dir)):
            said = selns(*words)
            self.assertFails(said, 3, "a build's output directory", f"name an image in it: {tar} or {ext4}")
        (self.dir / "web.manifest.json").unlink()
        self.assertFails(selns("label", "list", self.dir), 3, "names no SELinux policy")


@needs_root
@unittest.skipUnless(POLICY.exists(), "needs the package selinux-policy-default")
class Labels(support.TestCase):
    def setUp(self):
        super().setUp()
        self.root = self.dir / "root"
        self.fill(self.root)

    def fill(self, root):
        shutil.copytree(POLICY, root / "etc/selinux/default", symlinks=True)
        shutil.copytree(STORE, root / "var/lib/selinux/default", symlinks=True)
        (root / "etc/selinux/config").write_text("SELINUX=permissive\nSELINUXTYPE=default\n")
        for path in ("etc/passwd", "etc/shadow", "etc/ssh/ssh_host_rsa_key", "usr/bin/passwd", "usr/sbin/sshd",
                     "usr/lib/x86_64-linux-gnu/libc.so.6", "root/.ssh/authorized_keys", "srv/www/index.html",
                     "opt/app/bin/tool", "home/carol/.bashrc", "var/log/auth.log", "nonstandard/file"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(path)
        for name in (b"a b", b"tab\there", b"line\nfeed", b"back\\slash", b"\xff\xfe", "ü".encode(), b"[x]"):
            (root / "srv" / os.fsdecode(name)).touch()
        (root / "bin").symlink_to("usr/bin")
        (root / "usr/bin/out").symlink_to("/")
        (root / "proc").mkdir()
        os.mkfifo(root / "run-me")
        os.mknod(root / "node", 0o600 | 0o020000, os.makedev(1, 3))
        os.link(root / "etc/passwd", root / "etc/passwd.again")

    def contexts(self, root):
        return root / "etc/selinux/default/contexts/files/file_contexts"

    def setfiles(self, root):
        (policy,) = (root / "etc/selinux/default/policy").glob("policy.*")
        run("setfiles", "-F", "-c", policy, "-r", root, self.contexts(root), root, check=True)

    def label(self, command, *arguments, status=0, **options):
        result = selns("label", command, *arguments, **options)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertNotIn("Sanitizer", result.stderr)
        return result

    def listed(self, what, *arguments):
        lines = self.label("list", what, *arguments).stdout.splitlines()
        return {unescaped(path): context for path, context in (line.split("\t") for line in lines)}

    def make_ostree(self, root):
        """Of a root that of a bootc image: what is in /usr has a second name in the repository."""
        (root / "etc").rename(root / "usr/etc")
        (root / "ostree").symlink_to("sysroot/ostree")
        objects = root / "sysroot/ostree/repo/objects/00"
        objects.mkdir(parents=True)
        (root / "ostree/repo/config").write_text("[core]\nmode=bare\n")
        for number, path in enumerate(("usr/bin/passwd", "usr/sbin/sshd", "usr/etc/shadow", "usr/etc/ssh/ssh_host_rsa_key")):
            os.link(root / path, objects / f"{number:062x}.file")
        (objects / "0.dirmeta").write_text("")

    def test_an_ostree_root_is_labelled_as_setfiles_labels_it_without_the_repository(self):
        theirs = self.dir / "theirs"
        self.fill(theirs)
        self.setfiles(theirs)  # with /etc as it will be
        for root in (theirs, self.root):
            self.make_ostree(root)
        contexts = theirs / "usr/etc/selinux/default/contexts/files/file_contexts"
        (policy,) = (theirs / "usr/etc/selinux/default/policy").glob("policy.*")
        run("setfiles", "-F", "-c", policy, "-e", theirs / "sysroot/ostree", "-e", theirs / "usr/etc", "-r", theirs,
            contexts, theirs, check=True)
        self.label("apply", self.root)
        for name in names_below(theirs):
            stored = label_of(os.fsencode(theirs) + name)
            self.assertEqual(label_of(os.fsencode(self.root) + name), stored, name)
        self.assertIn(b"shadow_t", label_of(self.root / "usr/etc/shadow"))
        self.assertIsNone(label_of(self.root / "sysroot/ostree/repo/config"))
        self.label("verify", self.root)
        tar = self.dir / "root.tar"
        run("tar", "-C", self.root, "--xattrs", "--xattrs-include=*", "-cf", tar, ".", check=True)
        self.label("verify", tar)
        self.assertEqual(self.listed(tar), self.listed(self.root))
        explained = self.label("explain", self.root, "/usr/etc/shadow").stdout
        self.assertIn("/etc/shadow", explained)
        self.assertIn("rules of ostree", explained)

    def test_list_and_apply_agree_with_setfiles(self):
        theirs = self.dir / "theirs"
        self.fill(theirs)
        self.setfiles(theirs)
        listed = self.listed(self.root)
        self.assertEqual(set(listed), set(names_below(self.root)))
        self.label("apply", self.root)
        for name in names_below(theirs):
            stored = label_of(os.fsencode(theirs) + name)
            self.assertEqual(label_of(os.fsencode(self.root) + name), stored, name)
            self.assertEqual(listed[name].encode() + b"\0" if listed[name] != "<<none>>" else None, stored, name)
        self.assertIn("<<none>>", listed.values(), "/proc")
        self.label("verify", self.root)
        self.assertIn("0 labels changed", self.label("apply", self.root).stdout)

    def test_archives_and_images_are_listed_and_verified_alike(self):
        self.label("apply", self.root)
        tar, ext4 = self.dir / "image.tar", self.dir / "image.ext4"
        run("tar", "--xattrs", "--xattrs-include=*", "-cf", tar, "-C", self.root, ".", check=True)
        run("mke2fs", "-q", "-t", "ext4", "-d", self.root, ext4, "256M", check=True)
        listed = self.label("list", self.root).stdout
        self.assertEqual(self.label("list", tar).stdout, listed)
        in_ext4 = self.label("list", ext4).stdout
        self.assertEqual([line for line in in_ext4.splitlines() if "/lost+found" not in line],
                         listed.splitlines())
        self.label("verify", tar)
        # mke2fs made a directory of its own, with no label.
        told = self.label("verify", ext4, status=1).stdout.splitlines()
        self.assertEqual(told[0], "/lost+found: has no label, should have system_u:object_r:lost_found_t:s0")
        self.assertIn("1 missing", told[-1])

    def test_an_image_that_is_asked_about_again(self):
        cache, tar = self.dir / "cache", self.dir / "image.tar"
        pack = ("tar", "--xattrs", "--xattrs-include=*", "-cf", tar, "-C", self.root, ".")

        def ask(*question):
            result = selns("label", *question, cache=cache)
            self.assertIn(result.returncode, (0, 1), result.stderr)
            return result

        run(*pack, check=True)
        questions = (("list", tar), ("verify", tar), ("explain", tar, "/etc/shadow", "/usr/sbin/sshd"))
        fresh = []
        for question in questions:
            tar.touch()  # now, however long the one before took
            fresh.append(ask(*question).stdout)
        self.assertEqual(list(cache.glob("selns-build/index/*")), [])  # it may still be written to
        time.sleep(2.1)
        for _ in range(2):
            self.assertEqual([ask(*question).stdout for question in questions], fresh)
        (index,) = cache.glob("selns-build/index/*/entries")
        with open(index, "r+b") as file:
            file.seek(1000)
            file.write(b"damage")
        said = ask("list", tar)
        self.assertEqual((said.stdout, "is not what was put there" in said.stderr), (fresh[0], True))
        self.assertNotIn("is not what was put there", ask("list", tar).stderr)
        (self.root / "etc/shadow").unlink()
        run(*pack, check=True)
        self.assertNotIn("\n/etc/shadow\t", ask("list", tar).stdout)

    def test_verify_tells_each_difference(self):
        self.label("apply", self.root)
        for path, value in (("etc/passwd", b"system_u:object_r:bin_t:s0\0"),
                            ("etc/shadow", b"system_u:object_r:shadow_t:s0:c1\0"),
                            ("srv", b"unconfined_u:object_r:var_t:s0\0"),
                            ("opt", b"system_u:object_r:nosuch_t:s0\0")):
            os.setxattr(self.root / path, XATTR, value)
        os.removexattr(self.root / "usr/sbin/sshd", XATTR)
        told = self.label("verify", self.root, status=1).stdout
        for line in ("/etc/passwd: has system_u:object_r:bin_t:s0, should have system_u:object_r:etc_t:s0",
                     "/usr/sbin/sshd: has no label, should have system_u:object_r:sshd_exec_t:s0",
                     "1 missing, 1 invalid in this policy, 1 wrong type, 1 wrong user or role, 1 wrong level"):
            self.assertIn(line, told)
        facts = json.loads(self.label("verify", self.root, "--json", status=1).stdout)
        self.assertEqual([d["path"] for d in facts["differences"]],
                         ["/etc/passwd", "/etc/shadow", "/opt", "/srv", "/usr/sbin/sshd"])
        self.assertEqual(facts["counts"]["wrong level"], 1)
        only = self.label("verify", self.root, "/etc", "--type", "shadow_t", status=1).stdout
        self.assertIn("/etc/shadow", only)
        self.assertNotIn("/etc/passwd:", only)
        self.assertIn("5 labels to be changed", self.label("apply", self.root, "--dry-run", status=1).stdout)
        self.assertEqual(label_of(self.root / "etc/passwd"), b"system_u:object_r:bin_t:s0\0")
        changed = self.label("apply", self.root, "--progress", "plain")
        self.assertRegex(changed.stdout, r"5 labels changed[^$]*types +\d+\n +[\d,]+  \w+_t\n")
        self.assertRegex(changed.stderr, r"\d+ files")
        self.label("verify", self.root)
        self.assertEqual(facts["types"]["shadow_t"], 1)

    def test_filters_and_json(self):
        self.assertEqual(set(self.listed(self.root, "/etc/ssh")),
                         {b"/etc/ssh", b"/etc/ssh/ssh_host_rsa_key"})
        self.assertEqual(set(self.listed(self.root, "--type", "shadow_t")), {b"/etc/shadow"})
        objects = [json.loads(line) for line in
                   self.label("list", self.root, "/proc", "/etc/ssh", "--json").stdout.splitlines()]
        self.assertEqual([o["path"] for o in objects], ["/etc/ssh", "/etc/ssh/ssh_host_rsa_key", "/proc"])
        self.assertIsNone(objects[-1]["context"])

    def test_a_filter_that_fits_nothing_is_told(self):
        for command in ("list", "verify"):
            self.assertFails(selns("label", command, self.root, "/etc", "/etcc"), 3, "no file /etcc")
            self.assertFails(selns("label", command, self.root, "--type", "shadw_t"), 3, "shadow_t")
        self.assertEqual(self.label("list", self.root, "/srv", "--type", "shadow_t").stdout, "")
        facts = json.loads(self.label("verify", self.root, "/etc/ssh", "--json", status=1).stdout)
        self.assertEqual((facts["files"], facts["counts"]), (2, {"missing": 2}))

    def test_hard_links_that_ask_for_two_labels(self):
        os.link(self.root / "etc/shadow", self.root / "usr/bin/shadow")
        told = self.label("apply", self.root).stdout
        self.assertIn("/etc/shadow: a hard link to /usr/bin/shadow, which asks for "
                      "system_u:object_r:bin_t:s0; system_u:object_r:shadow_t:s0 is taken", told)
        self.assertEqual(label_of(self.root / "usr/bin/shadow"), b"system_u:object_r:shadow_t:s0\0")

    def test_no_symlink_is_followed(self):
        outside = self.dir / "outside"
        outside.mkdir()
        (outside / "file").touch()
        (self.root / "srv/link").symlink_to(outside)
        (self.root / "srv/www").rename(self.root / "srv/real")
        (self.root / "srv/www").symlink_to(outside)
        before = label_of(outside / "file")
        self.label("apply", self.root)
        self.assertEqual(label_of(outside / "file"), before)
        self.assertEqual(label_of(outside), before)
        # Nor are the policy's files taken from outside of it.
        shutil.move(self.root / "etc/selinux", self.root / "policy")
        (self.root / "etc/selinux").symlink_to("/policy")
        self.assertIn(b"/policy", self.listed(self.root))

    def test_explain(self):
        self.label("apply", self.root)
        os.setxattr(self.root / "etc/shadow", XATTR, b"system_u:object_r:etc_t:s0\0")
        local = self.root / "etc/selinux/default/contexts/files/file_contexts.local"
        local.write_text("/srv/www(/.*)?    system_u:object_r:httpd_sys_content_t:s0\n")
        told = json.loads(self.label("explain", self.root, "/etc/shadow", "/srv/www/index.html", "/gone/x",
                                     "--json").stdout)
        shadow, page, gone = told
        self.assertEqual(shadow["context"], "system_u:object_r:shadow_t:s0")
        self.assertEqual(shadow["stored"], "system_u:object_r:etc_t:s0")
        self.assertRegex(shadow["specifications"][0]["at"], r"file_contexts:\d+")
        self.assertIn("module base", shadow["module"])
        self.assertGreater(len(shadow["specifications"]), 1)
        self.assertTrue(all(one["beaten"] for one in shadow["specifications"][1:]))
        self.assertRegex(page["specifications"][0]["at"], r"file_contexts\.local:1")
        self.assertIn("semanage", page["module"])
        self.assertIsNone(gone["stored"])
        text = self.label("explain", self.root, "/etc/shadow", "/usr/lib64/x").stdout
        self.assertIn("stored", text)
        self.assertIn("/usr/lib/x", text, "file_contexts.subs_dist says that lib64 is looked up as lib")

    def test_explain_through_a_symlink(self):
        """The path as it is written decides, as for setfiles; what it leads to is another path."""
        (self.root / "srv/up").symlink_to("../../../etc")
        (self.root / "srv/etc").symlink_to("../etc")
        (self.root / "srv/loop").symlink_to("loop")
        self.label("apply", self.root)
        tar = self.dir / "image.tar"
        run("tar", "--xattrs", "--xattrs-include=*", "-cf", tar, "-C", self.root, ".", check=True)
        for what in (self.root, tar):
            passwd, shadow, link, gone = json.loads(self.label(
                "explain", what, "/bin/passwd", "/srv/up/shadow", "/bin", "/bin/gone/x", "--json").stdout)
            self.assertEqual((passwd["leads_to"], passwd["stored"]), ("/usr/bin/passwd", None))
            self.assertRegex(passwd["kind"], "through a symlink")
            self.assertEqual((shadow["leads_to"], shadow["context"]), ("/etc/shadow", "system_u:object_r:var_t:s0"))
            self.assertEqual((link["kind"], link["leads_to"]), ("a symlink", None))
            self.assertEqual((gone["leads_to"], gone["stored"]), (None, None))
            self.assertRegex(self.label("explain", what, "/bin/passwd").stdout, "leads to +/usr/bin/passwd")
            self.assertFails(selns("label", "explain", what, "/srv/loop/x"), 3, "loop")
        # setfiles, asked for the same name, gives the file that it leads to the label of the name.
        (policy,) = (self.root / "etc/selinux/default/policy").glob("policy.*")
        run("setfiles", "-F", "-c", policy, "-r", self.root, self.contexts(self.root),
            self.root / "srv/etc/shadow", check=True)
        self.assertEqual(label_of(self.root / "etc/shadow"), b"system_u:object_r:var_t:s0\0")

    def test_a_context_that_the_policy_does_not_define(self):
        with self.contexts(self.root).open("a") as contexts:
            contexts.write("/srv/www(/.*)?  system_u:object_r:nosuch_t:s0\n")
        last = len(self.contexts(self.root).read_text().splitlines())
        for command in ("list", "verify", "apply"):
            result = selns("label", command, self.root)
            self.assertFails(result, 3, rf"file_contexts:{last}.*nosuch_t")
        self.assertIsNone(label_of(self.root / "srv/www"))

    def test_wrong_input(self):
        (self.dir / "empty").mkdir()
        self.assertFails(selns("label", "list", self.dir / "empty"), 3, "/etc/selinux/config")
        self.assertFails(selns("label", "list", self.dir / "nowhere"), 3, "nowhere")
        self.assertFails(selns("label", "list"), 2)
        self.assertFails(selns("label", "explain", self.root), 2, "PATH")
        self.assertFails(selns("label", "lst", self.root), 2, "label list|list")
        tar = self.dir / "image.tar"
        run("tar", "-cf", tar, "-C", self.root, "etc", check=True)
        self.assertFails(selns("label", "apply", tar), 3, "no directory")
        self.contexts(self.root).write_text("/x[ system_u:object_r:etc_t:s0\n")
        self.assertFails(selns("label", "list", self.root), 3, r"file_contexts:1")

    def test_who_may_not_is_told_so(self):
        self.dir.chmod(0o755)
        program = self.dir / "selns-build"
        shutil.copy(PROGRAM, program)
        for path in (self.root, *self.root.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755)
        result = run(program, "label", "apply", self.root, user=65534, group=65534, extra_groups=[],
                     env=support.environment(self.dir / "none", HOME="/nonexistent"))
        self.assertFails(result, 1, "CAP_SYS_ADMIN")
        (self.root / "etc/shadow").parent.chmod(0o700)
        result = run(program, "label", "list", self.root, user=65534, group=65534, extra_groups=[],
                     env=support.environment(self.dir / "none"))
        self.assertFails(result, 3, "etc.*Permission denied")

    def in_mounts_of_its_own(self, script, *arguments):
        """SCRIPT, for which what it mounts goes away with it."""
        if run("unshare", "-m", "true").returncode != 0:
            self.skipTest("mounting is not allowed here")
        return run("unshare", "-m", "sh", "-ec", script, "sh", PROGRAM, *arguments,
                   env=support.environment())

    def test_file_systems_that_take_no_labels(self):
        """ramfs has no xattrs: as the root it is refused, below the root it is left out."""
        mount = self.dir / "mount"
        mount.mkdir()
        script = 'mount -t ramfs none "$2"; cp -a "$3/etc" "$2"; exec "$1" label "$4" "$2" $5'
        for command in ("verify", "apply"):
            result = self.in_mounts_of_its_own(script, mount, self.root, command)
            self.assertFails(result, 1, f"{mount}.*keeps no security labels[^$]*ext4")
        shown = self.in_mounts_of_its_own(script, mount, self.root, "explain", "/etc/shadow")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("no label", shown.stdout)
        (self.root / "boot/efi").mkdir(parents=True)
        script = 'mount -t ramfs none "$2/boot/efi"; touch "$2/boot/efi/file"; exec "$1" label apply "$2"'
        result = self.in_mounts_of_its_own(script, self.root)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("/boot/efi: left out, its file system keeps no labels", result.stdout)
        script = 'mount --bind "$2" "$2"; mount -o remount,bind,ro "$2"; exec "$1" label apply "$2"'
        os.removexattr(self.root, XATTR)
        self.assertFails(self.in_mounts_of_its_own(script, self.root), 1, "Read-only[^$]*remount it")

    def test_a_reader_that_goes_away_ends_a_list(self):
        """Quietly, and before the end, where it would be told what the policy does not define."""
        for number in range(3000):
            (self.root / f"srv/www/{number}").touch()
        with self.contexts(self.root).open("a") as contexts:
            contexts.write("/etc/shadow  system_u:object_r:nosuch_t:s0\n")
        tar = self.dir / "image.tar"
        run("tar", "-cf", tar, "-C", self.root, ".", check=True)
        for what in (self.root, tar):
            reader, writer = os.pipe()
            os.close(reader)
            result = subprocess.run([PROGRAM, "label", "list", what], stdout=writer, stderr=subprocess.PIPE)
            os.close(writer)
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            self.assertFails(selns("label", "list", what), 3, "nosuch_t")

    def test_paths_and_labels_of_any_length(self):
        at = os.open(self.root / "srv", os.O_RDONLY)
        for _ in range(30):
            os.mkdir("d" * 200, dir_fd=at)
            below = os.open("d" * 200, os.O_RDONLY, dir_fd=at)
            os.close(at)
            at = below
        os.close(at)
        deep = "/srv" + ("/" + "d" * 200) * 30
        self.assertIn(f"\n{deep}\tsystem_u:object_r:var_t:s0\n", self.label("list", self.root).stdout)
        self.label("apply", self.root)
        self.label("verify", self.root)
        os.setxattr(self.root / "srv", XATTR, b"x" * 3500)
        told = self.label("verify", self.root, status=1).stdout
        self.assertIn("1 invalid in this policy", told)

    def test_an_interrupt_ends_it_and_it_can_be_run_again(self):
        for number in range(20000):
            (self.root / f"srv/www/{number}").touch()
        child = subprocess.Popen([PROGRAM, "label", "apply", str(self.root), "--progress", "none"],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while label_of(self.root) is None and child.poll() is None:
            time.sleep(0.001)
        child.send_signal(signal.SIGINT)
        self.assertEqual(child.wait(timeout=60), 130)
        self.label("apply", self.root)
        self.label("verify", self.root)

    def test_a_tree_that_changes_meanwhile(self):
        """Directories become symlinks to the outside and back while labels are written."""
        outside = self.dir / "outside"
        shutil.copytree(self.root / "usr", outside / "usr", symlinks=True)
        for number in range(200):
            (self.root / f"usr/lib/d{number}").mkdir()
            (self.root / f"usr/lib/d{number}/file").touch()
        script = f"""
            import os, itertools
            root, outside = {str(self.root / 'usr/lib')!r}, {str(outside)!r}
            for number in itertools.cycle(range(200)):
                path = f"{{root}}/d{{number}}"
                os.rename(path, path + ".aside"); os.symlink(outside, path)
                os.unlink(path); os.rename(path + ".aside", path)
            """
        child = subprocess.Popen(["python3", "-c", "\n".join(line[12:] for line in script.splitlines())],
                                 stderr=subprocess.PIPE)
        try:
            for _ in range(5):
                result = selns("label", "apply", self.root)
                self.assertEqual(result.returncode, 0, result.stderr)
        finally:
            child.kill()
            child.wait()
            child.stderr.close()
        self.assertEqual([path for path in outside.rglob("*") if label_of(path) is not None], [])


if __name__ == "__main__":
    unittest.main()
