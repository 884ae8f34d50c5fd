"""Denials become policy: the program against audit2allow, sesearch, audit2why and semodule."""

import bz2
import concurrent.futures
import functools
import gzip
import json
import lzma
import os
import pathlib
import random
import re
import shutil
import subprocess
import tarfile
import tempfile
import textwrap
import unittest

import support
from support import SOURCE, needs_root, run, selns

RECIPE = SOURCE / "examples/quickstart.yaml"
BOOT = SOURCE / "tests/unit/log/data/debian12-boot.log"
POLICY = next(iter(sorted(pathlib.Path("/etc/selinux/default/policy").glob("policy.*"))), None)
BEGUN = 1790000000  # of the logs


def context(text):
    """Of a type, a user:role:type or a whole context."""
    words = text.split(":")
    if len(words) == 1:
        return f"system_u:{'system_r' if text in DOMAINS else 'object_r'}:{text}:s0"
    return text if len(words) > 3 else text + ":s0"


DOMAINS = {"getty_t", "udev_t", "init_t", "httpd_t", "systemd_tmpfiles_t", "system_dbusd_t",
           "unconfined_t", "syslogd_t"}


def avc(permissions, source, target, tclass, *more, serial=0, at=BEGUN, comm="agetty", permissive=1):
    """A line of the kernel's log. MORE stands before the contexts; after them what begins with "~"."""
    avc.serial += 1
    serial = serial or avc.serial
    before = [word for word in more if not word.startswith("~")]
    behind = [word[1:] for word in more if word.startswith("~")]
    return " ".join([
        f"audit: type=1400 audit({at}.{serial % 1000:03}:{serial}): avc:  denied  {{ {permissions} }} for "
        f" pid={300 + serial} comm=\"{comm}\"", *before,
        f"scontext={context(source)} tcontext={context(target)} tclass={tclass}", *behind,
        f"permissive={permissive}"]) + "\n"


avc.serial = 0


def triples(text):
    """The permissions of allow rules, in CIL, .te, or as sesearch prints them."""
    rules = {}
    for line in text.splitlines():
        line = line.strip()
        if line.startswith("(allow "):
            _, source, target, tclass, *permissions = re.findall(r"[^\s()]+", line)
        elif line.startswith("allow "):
            _, source, target, tclass, *permissions = re.findall(r"[^\s:{};]+", line.split("; [")[0])
        else:
            continue
        target = source if target == "self" else target
        rules.setdefault((source, target, tclass), set()).update(permissions)
    return rules


def audit2allow(*arguments, policy=POLICY, cwd=None):
    return run("audit2allow", "-p", policy, *arguments, cwd=cwd).stdout


def audit2why(policy, log):
    """What audit2why says of each record of a log, by its serial."""
    said = {}
    serial = None
    for line in run("audit2why", "-p", policy, "-i", log, check=True).stdout.splitlines():
        if found := re.search(r"audit\(\d+\.\d+:(\d+)\)", line):
            serial = int(found.group(1))
        elif serial is not None and line.strip() not in ("", "Was caused by:"):
            said.setdefault(serial, line.strip())
    return said


@unittest.skipUnless(POLICY, "needs the package selinux-policy-default")
class TestCase(support.TestCase):
    """Verdicts against the kernel policy of this machine, unless told otherwise."""

    def setUp(self):
        super().setUp()
        self.module = self.dir / "local.cil"

    def denials(self, command, *arguments, status=0, policy=POLICY, quiet=True, **options):
        words = ["denials", command, *arguments]
        if policy is not None:
            words += ["--policy", policy]
        if quiet:
            words += ["--progress", "none"]
        result = selns(*words, **options)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertNotIn("Sanitizer", result.stderr)
        return result

    def log(self, *lines, name="boot.log"):
        return self.write(name, "".join(lines))

    def merge(self, *logs, module=None, **options):
        self.denials("merge", "--module", module or self.module, *logs, **options)
        return (module or self.module).read_text()

    def explain(self, *arguments, **options):
        """The findings, as (verdict, source, target, class): permissions."""
        said = json.loads(self.denials("explain", "--json", *arguments, **options).stdout)
        verdicts = {}
        for finding in said["findings"]:
            key = tuple(finding[name] for name in ("verdict", "source", "target", "class"))
            verdicts.setdefault(key, set()).update(finding["permissions"])
        return verdicts


class FieldLogsTest(TestCase):
    """Logs as people have them, and files that are none."""

    BODY = ("avc:  denied  { read } for  pid=6 comm=\"sshd\" name=\"a\" dev=\"vda1\" ino=10 "
            "scontext=system_u:system_r:sshd_t:s0-s0:c0.c1023 tcontext=system_u:object_r:httpd_config_t:s0 "
            "tclass=file permissive=1\n")

    def record(self, second, serial, permission="read"):
        body = self.BODY.replace("{ read }", "{ " + permission + " }")
        return f"type=AVC msg=audit(17000000{second:02}.100:{serial}): {body}"

    def facts(self, *arguments, **options):
        return json.loads(self.denials("explain", "--json", *arguments, **options).stdout)

    def permissions(self, *arguments):
        return {name for finding in self.facts("--all", *arguments)["findings"]
                for name in finding["permissions"]}

    def test_garbage_is_an_error(self):
        noise = os.urandom(50000)
        (self.dir / "noise.log").write_bytes(noise)
        with tarfile.open(self.dir / "logs.log", "w") as archive:
            archive.add(self.dir / "noise.log", "noise")
        for name, said in (("noise.log", "no log"), ("logs.log", "tar archive")):
            refused = self.denials("explain", self.dir / name, status=3)
            self.assertRegex(refused.stderr, f"{name}: .*{said}")

    def test_what_looks_like_no_log_is_a_warning(self):
        for text, said in (("", "is empty"), ("Dear reader,\n", "looks like a line of a log")):
            log = self.write("strange.log", text)
            said_so = self.denials("explain", "--progress", "plain", log, quiet=False)
            self.assertIn(said, said_so.stderr)
            self.assertIn(said, self.facts(log)["doubted_logs"][0]["reason"])

    def test_utf16(self):
        log = self.dir / "powershell.log"
        log.write_bytes((self.record(1, 1) + self.record(2, 2)).replace("\n", "\r\n").encode("utf-16"))
        self.assertEqual(self.facts(log)["records"], 2)

    def test_trust(self):
        log = self.log("Nov 14 22:13:20 web my_tag: " + self.record(1, 1))
        doubted = self.facts(log)
        self.assertEqual((doubted["records"], doubted["not_believed"]["count"]), (0, 1))
        trusted = self.facts("--trust", log)
        self.assertEqual((trusted["records"], trusted["not_believed"]["count"], trusted["trusted"]["count"]),
                         (1, 0, 1))
        said = self.denials("merge", "--trust", "--module", self.module, "--progress", "plain", log,
                            quiet=False)
        self.assertIn("trusted by your word", said.stderr)
        self.assertIn("sshd_t", self.module.read_text())

    def test_since_the_last_boot_and_policy(self):
        boot = "audit: type=2000 audit(17000000{:02}.000:1): state=initialized audit_enabled=0 res=1\n"
        policy = "type=MAC_POLICY_LOAD msg=audit(1700000030.000:9): auid=0 ses=1 lsm=selinux res=1\n"
        first = self.log(boot.format(1), self.record(2, 2), name="1.log")
        second = self.log(boot.format(10), self.record(11, 2, "write"), policy,
                          self.record(31, 10, "open"), name="2.log")
        for logs in ((first, second), (second, first)):
            self.assertEqual(self.permissions(*logs), {"read", "write", "open"})
            self.assertEqual(self.permissions("--since", "boot", *logs), {"write", "open"})
            self.assertEqual(self.permissions("--since", "policyload", *logs), {"open"})
        refused = self.denials("explain", "--since", "policyload", first, status=3)
        self.assertIn("no log tells when a policy was loaded", refused.stderr)


class Audit2allow(TestCase):
    """What is wrong with audit2allow 3.4, and right here."""

    def test_a_second_log_adds_to_the_module(self):
        one = self.log(avc("read", "getty_t", "user_home_t", "file"), name="one.log")
        two = self.log(avc("search", "udev_t", "sysctl_fs_t", "dir"), name="two.log")
        for log in (one, two):
            audit2allow("-M", "their", "-i", log, cwd=self.dir)
        self.assertNotIn("getty_t", (self.dir / "their.te").read_text(), "they forget the first")
        self.merge(one)
        self.assertEqual(triples(self.merge(two)), {
            ("getty_t", "user_home_t", "file"): {"read"}, ("udev_t", "sysctl_fs_t", "dir"): {"search"}})

    def test_one_module_statement_and_one_require_block(self):
        one = self.log(avc("read", "getty_t", "user_home_t", "file"), name="one.log")
        two = self.log(avc("open read", "getty_t", "user_home_t", "file"), name="two.log")
        module = self.dir / "local.te"
        for log in (one, two):
            audit2allow("-m", "their", "-o", self.dir / "their.te", "-i", log)
            text = self.merge(log, module=module)
        self.assertEqual((self.dir / "their.te").read_text().count("module their"), 2)
        self.assertEqual(text.count("module local"), 1)
        self.assertEqual(text.count("require {"), 1)
        self.assertEqual(text.count("allow "), 1)
        run("checkmodule", "-M", "-m", "-o", self.dir / "local.mod", module, check=True)

    def test_what_is_allowed_already_is_no_rule(self):
        theirs = triples(audit2allow("-i", BOOT))
        known = ("systemd_generator_t", "passwd_exec_t", "file")
        self.assertIn(known, theirs)
        self.assertNotIn(known, triples(self.merge(BOOT)))
        self.assertIn(("already allowed", *known), self.explain(BOOT))

    def test_one_triple_is_one_rule(self):
        log = self.log(avc("read", "getty_t", "getty_log_t", "file"),
                       avc("append", "getty_t", "getty_log_t", "file"),
                       avc("execute", "getty_t", "getty_log_t", "file"),
                       avc("map", "getty_t", "getty_log_t", "file"))
        theirs = audit2allow("-i", log)
        self.assertEqual(theirs.count("allow getty_t getty_log_t:file"), 2, theirs)
        ours = self.merge(log)
        self.assertEqual(ours.count("(allow getty_t getty_log_t"), 1, ours)

    def test_a_constraint_is_no_rule(self):
        log = self.log(avc("relabelto", "systemd_tmpfiles_t", "unconfined_u:object_r:user_home_dir_t",
                           "dir", 'name="root"'))
        self.assertIn(("systemd_tmpfiles_t", "user_home_dir_t", "dir"), triples(audit2allow("-i", log)))
        said = self.denials("explain", log).stdout
        self.assertRegex(said, r"(?s)constraint: 1.*constrain dir \{.*u1 == u2.*user to be system_u")
        self.denials("merge", "--module", self.module, log)
        self.assertFalse(self.module.exists(), "a module of no rules is not made")

    def test_the_real_context_of_an_unlabelled_object(self):
        log = self.log(avc("read", "getty_t", "unlabeled_t", "file", "~trawcon=system_u:object_r:app_t:s0"))
        self.assertIn("unlabeled_t", audit2allow("-i", log))
        said = self.denials("explain", log).stdout
        self.assertRegex(said, r"mislabelled: 1")
        self.assertIn("system_u:object_r:app_t:s0", said)
        self.denials("merge", "--module", self.module, log)
        self.assertFalse(self.module.exists())

    def test_one_unknown_permission_of_several(self):
        log = self.log(avc("read frobnicate", "getty_t", "user_home_t", "file"))
        self.assertEqual(triples(audit2allow("-i", log)), {})
        self.assertEqual(triples(self.merge(log)), {("getty_t", "user_home_t", "file"): {"read"}})
        self.assertEqual(self.explain(log)[("unknown permission", "getty_t", "user_home_t", "file")],
                         {"frobnicate"})

    def test_a_context_that_could_not_be_computed(self):
        log = self.log("type=SELINUX_ERR msg=audit(1790000000.100:9): op=security_compute_sid "
                       "invalid_context=\"unconfined_u:unconfined_r:httpd_t:s0\" "
                       "scontext=unconfined_u:unconfined_r:unconfined_t:s0 "
                       "tcontext=system_u:object_r:httpd_exec_t:s0 tclass=process\n")
        self.assertNotIn("httpd_t", audit2allow("-i", log))
        self.assertRegex(self.denials("explain", log).stdout,
                         r"(?s)constraint: 1.*unconfined_u:unconfined_r:httpd_t:s0 is not a valid "
                         r"context.*roletype unconfined_r httpd_t")

    def test_the_ioctl_command_zero(self):
        log = self.log(avc("ioctl", "getty_t", "user_home_t", "file", "ioctlcmd=0x0"),
                       avc("ioctl", "getty_t", "user_home_t", "file", "ioctlcmd=0x5401"))
        theirs = audit2allow("-x", "-i", log)
        self.assertRegex(theirs, r"allowxperm .* 0x5401;")
        self.assertRegex(self.merge(log, module=self.dir / "x.te"),
                         r"allow getty_t user_home_t:file ioctl;\n(?!allowxperm)")
        for name in ("x.cil", "y.te"):
            self.denials("merge", "--allowxperm", "--module", self.dir / name, log)
        self.assertIn("allowxperm getty_t user_home_t:file ioctl { 0x0000 0x5401 };",
                      (self.dir / "y.te").read_text())
        self.assertRegex((self.dir / "x.cil").read_text(),
                         r"\(allowx getty_t user_home_t \(ioctl file \(0x0000 0x5401\)\)\)")

    def test_the_quote_behind_a_user_space_record(self):
        log = self.log("type=USER_AVC msg=audit(1790000000.200:10): pid=300 uid=101 auid=4294967295 "
                       "ses=4294967295 subj=system_u:system_r:system_dbusd_t:s0 msg='avc:  denied  "
                       "{ send_msg } for  scontext=system_u:system_r:getty_t:s0 "
                       "tcontext=system_u:system_r:udev_t:s0 tclass=dbus'\n")
        self.assertIn("dbus'", audit2allow("-i", log))
        self.assertEqual(triples(self.merge(log)), {("getty_t", "udev_t", "dbus"): {"send_msg"}})

    def test_what_the_policy_hides_is_no_rule(self):
        log = self.log(avc("read", "getty_t", "xdm_t", "fifo_file"))
        self.assertIn(("getty_t", "xdm_t", "fifo_file"), triples(audit2allow("-i", log)))
        self.assertIn(("dontaudit", "getty_t", "xdm_t", "fifo_file"), self.explain(log))
        self.denials("merge", "--module", self.module, log)
        self.assertFalse(self.module.exists())

    def test_the_module_is_named_as_its_file(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"))
        (self.dir / "their.te").write_text(audit2allow("-m", "another", "-i", log))
        refused = run("checkmodule", "-M", "-m", "-o", self.dir / "their.mod", self.dir / "their.te")
        self.assertNotEqual(refused.returncode, 0)
        self.merge(log, module=self.dir / "our.te")
        run("checkmodule", "-M", "-m", "-o", self.dir / "our.mod", self.dir / "our.te", check=True)


class Modules(TestCase):
    """What becomes of the module's file."""

    def logs(self):
        random.seed(7)
        lines = [avc(permission, source, target, "file", f'path="/srv/{target}"', comm=source[:5],
                     at=BEGUN + random.randrange(5000), serial=number + 1)
                 for number, (permission, source, target) in enumerate(
                     (permission, source, target) for permission in ("read", "open", "getattr", "append")
                     for source in ("getty_t", "udev_t") for target in ("user_home_t", "getty_log_t",
                                                                        "httpd_log_t"))]
        random.shuffle(lines)
        return [self.log(*lines[part::3], name=f"part{part}.log") for part in range(3)]

    def test_order_and_split_make_no_difference(self):
        one, two, three = self.logs()
        for name in ("local.cil", "local.te"):
            texts = set()
            for number, steps in enumerate([[(one, two, three)], [(three,), (one,), (two,), (one,)],
                                            [(two, three), (three, two, one)]]):
                module = self.write(f"{number}/{name}", "")
                for logs in steps:
                    self.merge(*logs, module=module)
                texts.add(module.read_text())
            self.assertEqual(len(texts), 1, texts)

    def test_nothing_new_changes_nothing(self):
        self.merge(BOOT)
        before = self.module.stat()
        said = self.denials("merge", "--module", self.module, BOOT).stdout
        self.assertEqual(self.module.stat(), before)
        self.assertIn("unchanged", said)
        self.assertIn("0 added, 0 widened, 3 already there", said)

    def test_a_dry_run_writes_nothing(self):
        one, two, three = self.logs()
        said = self.denials("merge", "--dry-run", "--module", self.module, one, status=1).stdout
        self.assertIn("+(allow", said)
        self.assertIn("would change", said)
        self.assertFalse(self.module.exists())
        before = self.merge(one)
        self.assertIn("would stay", self.denials("merge", "--dry-run", "--module", self.module, one).stdout)
        said = self.denials("merge", "--dry-run", "--module", self.module, two, three, status=1).stdout
        self.assertIn("widened", said)
        self.assertEqual(self.module.read_text(), before)
        # Another program did the same: its name is worth writing, but the rules stay.
        again = self.log(*(line.replace('comm="', 'comm="a') for line in one.read_text().splitlines(True)))
        self.denials("merge", "--dry-run", "--module", self.module, again)
        self.assertEqual(self.module.read_text(), before)

    def test_two_at_once_lose_nothing(self):
        logs = self.logs()
        both = [subprocess.Popen([support.PROGRAM, "denials", "merge", "--policy", POLICY, "--module",
                                  self.module, log], env=support.environment(),
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True) for log in logs]
        said = [child.communicate()[0] for child in both]
        self.assertEqual([child.returncode for child in both], [0, 0, 0], said)
        together = self.dir / "together/local.cil"
        together.parent.mkdir()
        self.assertEqual(self.module.read_text(), self.merge(*logs, module=together))

    def test_what_cannot_be_kept_is_refused(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"))
        for name, text, place in (
                ("local.cil", "; mine\n(allow a_t b_t (file (read))\n", r"local\.cil:2"),
                ("local.cil", "(allow a_t b_t)\n", r"local\.cil:1"),
                ("local.te", "module other 1.0;\nallow a_t b_t:file read;\n", r"local\.te:1"),
                ("local.te", "module local 1.0;\n\nallow a_t b_t:file;\n", r"local\.te:3")):
            with self.subTest(text=text):
                module = self.write(name, text)
                for command in (["merge", log], ["prune"]):
                    self.assertFails(selns("denials", *command, "--policy", POLICY, "--module", module),
                                     3, place)
                self.assertEqual(module.read_text(), text)

    def test_a_package_is_no_local_module(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"))
        module = self.dir / "local.pp"
        said = selns("denials", "merge", "--policy", POLICY, "--module", module, log)
        self.assertFails(said, 3, r"local\.pp: ", "denials import")
        self.assertFalse(module.exists())

    def test_what_is_no_rule_stays(self):
        mine = "; mine\n(type app_t)\n(roletype object_r app_t)\n(typeattributeset domain (app_t)) ; here\n"
        self.module.write_text(mine)
        log = self.log(avc("read", "getty_t", "app_t", "file"), avc("read", "getty_t", "gone_t", "file"))
        text = self.merge(log)
        self.assertIn(mine, text)
        self.assertEqual(triples(text), {("getty_t", "app_t", "file"): {"read"}})

    def test_a_link_to_the_module_stays_one(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"))
        (self.dir / "real").mkdir()
        (self.dir / "real/local.cil").touch()
        self.module.symlink_to("real/local.cil")
        self.assertIn("user_home_t", self.merge(log))
        self.assertTrue(self.module.is_symlink())

    def test_import_of_what_audit2allow_made(self):
        audit2allow("-M", "their", "-i", BOOT, cwd=self.dir)
        theirs = triples((self.dir / "their.te").read_text())
        for other in ("their.te", "their.pp"):
            module = self.dir / other.replace(".", "_") / "local.cil"
            module.parent.mkdir()
            for status in (1, 1, 0):
                words = ["--dry-run"] if status else []
                said = selns("denials", "import", "--module", module, self.dir / other, *words)
                self.assertEqual(said.returncode, status, said.stderr)
                self.assertIn("+(allow getty_t", said.stdout)
                self.assertEqual(module.exists(), not status)
            self.assertEqual(triples(module.read_text()), theirs, other)
            before = module.read_text()
            self.assertIn("unchanged", selns("denials", "import", "--module", module,
                                             self.dir / other).stdout)
            self.assertEqual(module.read_text(), before)
        module = self.dir / "local.te"
        self.assertEqual(selns("denials", "import", "--module", module, self.dir / "their.te").returncode, 0)
        self.assertEqual(triples(module.read_text()), theirs)
        run("checkmodule", "-M", "-m", "-o", self.dir / "local.mod", module, check=True)

    def test_import_of_several_modules_and_of_compressed_ones(self):
        rules = {"one": ("getty_t", "user_home_t"), "two": ("udev_t", "user_tmp_t"), "three": ("getty_t", "proc_t")}
        for name, (source, target) in rules.items():
            self.write(f"{name}.te", f"module {name} 1.0;\nrequire {{ type {source}, {target}; class file read; }}\n"
                                     f"allow {source} {target}:file read;\n")
        run("checkmodule", "-M", "-m", "-o", self.dir / "one.mod", self.dir / "one.te", check=True)
        run("semodule_package", "-o", self.dir / "one.pp", "-m", self.dir / "one.mod", check=True)
        packed = self.dir / "one.pp.bz2"
        packed.write_bytes(bz2.compress((self.dir / "one.pp").read_bytes()))
        hll = self.dir / "hll"  # a package in a store, whose name says nothing
        hll.write_bytes(packed.read_bytes())
        cil = self.dir / "three.cil.gz"
        cil.write_bytes(gzip.compress(b"(allow getty_t proc_t (file (read)))"))
        wanted = {(source, target, "file"): {"read"} for source, target in rules.values()}
        for others in ((packed, self.dir / "two.te", cil), (hll, self.dir / "two.te", self.dir / "three.te")):
            self.module.unlink(missing_ok=True)
            said = selns("denials", "import", "--module", self.module, *others)
            self.assertEqual(said.returncode, 0, said.stderr)
            self.assertEqual(triples(self.module.read_text()), wanted)
        self.assertFails(selns("denials", "import", "--module", self.module, self.dir / "one.mod"), 3,
                         "no package yet", "semodule_package -m")
        self.module.unlink()
        bad = self.write("bad.te", "module bad 1.0;\nallow a;\n")
        self.assertFails(selns("denials", "import", "--module", self.module, packed, bad), 3, r"bad\.te:2")
        self.assertFalse(self.module.exists())  # all or none

    def test_import_of_te_that_says_more_than_rules(self):
        more = ("type sshd_t; role staff_r, system_r; class file { read open }; class process transition;",
                "attribute_role my_roles;\nroleattribute staff_r my_roles;\nrole my_roles types sshd_t;\n"
                "allow staff_r system_r;\ntype new_t;\nallow sshd_t new_t:file { read open };\n")
        source = self.write("more.te", f"module more 1.0;\nrequire {{ {more[0]} }}\n{more[1]}")
        said = selns("denials", "import", "--module", self.module, source)
        self.assertEqual(said.returncode, 0, said.stderr)
        text = self.module.read_text()
        for statement in ("(type new_t)", "(roleattributeset my_roles (staff_r ))", "(roleallow staff_r system_r)",
                          "(allow sshd_t new_t (file (open read)))"):
            self.assertIn(statement, text)
        for call, said in (("files_read_etc_files(sshd_t)", "files_read_etc_files is a macro"),
                           ("allow sshd_t self:file read_file_perms;", r"call\.te:3: read_file_perms is a macro")):
            other = self.write("call.te", f"policy_module(call, 1.0)\ngen_require(` type sshd_t; ')\n{call}\n")
            self.assertFails(selns("denials", "import", "--module", self.module, other), 3, said,
                             "selinux-policy-dev")
        ioctl = self.write("ioctl.te", "policy_module(ioctl, 1.0)\ngen_require(`\n type sshd_t, etc_t;\n')\n"
                                       "allow sshd_t etc_t:file { ioctl open };\n"
                                       "allowxperm sshd_t etc_t:file ioctl { FIOQSIZE TCGETS };\n")
        self.assertEqual(selns("denials", "import", "--module", self.module, ioctl).returncode, 0)
        self.assertIn("(allowx sshd_t etc_t (ioctl file (0x5401 0x5460)))", self.module.read_text())
        dots = self.write("dots.te", "module dots 1.0;\ntype box;\ntype box.process;\n")
        for ending in ("cil", "te"):
            self.assertFails(selns("denials", "import", "--module", self.dir / f"dotted.{ending}", dots), 3,
                             r"dots\.te:3: .*box\.process")

    def test_import_says_what_no_log_would_have_opened(self):
        text = ("module their 1.0;\nrequire { type httpd_t, shadow_t, security_t, init_t; class file read; "
                "class security load_policy; class process execmem; }\n"
                "allow httpd_t shadow_t:file read;\nallow httpd_t security_t:security load_policy;\n"
                "allow init_t self:process execmem;\n")
        other = self.write("their.te", text)
        for words in ((), ("--policy", POLICY)):
            said = selns("denials", "import", "--module", self.module, other, "--dry-run", *words)
            self.assertEqual(said.returncode, 1, said.stderr)
            for line, access in ((3, "httpd_t shadow_t:file read"), (4, "httpd_t security_t:security load_policy"),
                                 (5, "init_t self:process execmem")):
                self.assertIn(f"their.te:{line}: {access}: ", said.stderr)

    def test_import_of_what_is_no_module(self):
        for name, content in (("a.pp", b"\0" * 100), ("a.te", b"no module"), ("a.cil", b"(((")):
            said = selns("denials", "import", "--module", self.module, self.write(name, content))
            self.assertFails(said, 3, re.escape(name))
        self.assertFails(selns("denials", "import", "--module", self.module, self.dir / "gone.pp"), 3,
                         "gone.pp")
        self.assertFalse(self.module.exists())

    def test_prune_drops_what_the_policy_has(self):
        text = ("(allow getty_t self (process (fork signal ptrace)))\n"
                "(allow udev_t self (process (fork)))\n"
                "(allow getty_t user_home_t (file (read)))\n")
        self.module.write_text(text)
        said = self.denials("prune", "--module", self.module, "--dry-run", status=1).stdout
        self.assertIn("-(allow getty_t self (process (fork signal)))", said)
        self.assertEqual(self.module.read_text(), text)
        self.denials("prune", "--module", self.module)
        self.assertEqual(triples(self.module.read_text()), {
            ("getty_t", "getty_t", "process"): {"ptrace"}, ("getty_t", "user_home_t", "file"): {"read"}})
        before = self.module.read_text()
        self.denials("prune", "--module", self.module, "--dry-run")
        self.assertIn("unchanged", self.denials("prune", "--module", self.module).stdout)
        self.assertEqual(self.module.read_text(), before)


class Logs(TestCase):
    """Where logs come from, and what is wrong with them."""

    RULE = {("getty_t", "user_home_t", "file"): {"read"}}

    def lines(self):
        return avc("read", "getty_t", "user_home_t", "file").encode()

    def test_compressed(self):
        data = self.lines()
        zstd = run("zstd", "-q", "-o", self.dir / "log.zst", self.write("plain", data))
        packed = {"log.gz": gzip.compress(data), "log.xz": lzma.compress(data),
                  "log.bz2": bz2.compress(data)}
        if zstd.returncode == 0:
            packed["log.zst"] = (self.dir / "log.zst").read_bytes()
        for name, content in packed.items():
            with self.subTest(name):
                module = self.write(f"{name}.d/local.cil", "")
                self.assertEqual(triples(self.merge(self.write(name, content), module=module)), self.RULE)

    def test_standard_input(self):
        for data in (self.lines(), gzip.compress(self.lines())):
            said = subprocess.run(
                [support.PROGRAM, "denials", "explain", "--json", "--policy", POLICY, "-"], input=data,
                capture_output=True, env=support.environment())
            self.assertEqual(said.returncode, 0, said.stderr)
            (finding,) = json.loads(said.stdout)["findings"]
            self.assertEqual(finding["at"], "-:1")

    def test_since_and_until(self):
        log = self.log(*(avc(permission, "getty_t", "user_home_t", "file", at=BEGUN + hours * 3600)
                         for permission, hours in (("read", 0), ("append", 24), ("open", 48))))
        key = ("allow", "getty_t", "user_home_t", "file")
        for words, expected in (
                ([], {"read", "append", "open"}),
                (["--since", f"@{BEGUN + 3600}"], {"append", "open"}),
                (["--until", f"@{BEGUN + 3600}"], {"read"}),
                (["--since", "2026-09-22", "--until", "2026-09-23"], {"append"}),
                (["--since", "2026-09-22 10:00"], {"append", "open"})):
            with self.subTest(words):
                self.assertEqual(self.explain(log, *words, env=support.environment(TZ="UTC"))[key], expected)
        self.assertEqual(self.explain(log, "--since", "2036-01-01"), {})
        self.assertIn("3 not selected", self.denials("explain", log, "--since", "2036-01-01").stdout)
        self.assertFails(selns("denials", "explain", "--policy", POLICY, log, "--since", "whenever"), 2,
                         "--since", "whenever", "2026")

    def test_the_same_event_in_two_logs(self):
        line = avc("read", "getty_t", "user_home_t", "file", serial=77)
        auditd = re.sub(r"^audit: type=1400 audit\((.*?)\):", r"type=AVC msg=audit(\1):", line)
        said = json.loads(self.denials("explain", "--json", self.log(line, name="a"),
                                       self.log(auditd, name="b")).stdout)
        self.assertEqual(said["records"], 1)

    def test_lost_records(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"),
                       "[   9.1] audit: audit_lost=17 audit_rate_limit=0 audit_backlog_limit=64\n")
        said = self.denials("explain", log, quiet=False)
        self.assertRegex(said.stderr, r"1 trace of lost records, first at .*boot\.log:2")
        self.assertIn("audit_backlog_limit", said.stderr)

    def test_malformed_lines(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"),
                       "audit: type=1400 audit(1790000000.1:5): avc:  denied  { read } for pid=1 comm=\"x\n",
                       b"\0\xff avc:  denied  { \x1b[31m".decode("latin-1") + "\n")
        said = self.denials("explain", log, quiet=False)
        self.assertRegex(said.stderr, r"malformed lines?, first at .*boot\.log:2")
        self.assertNotIn("\x1b[31m", said.stderr + said.stdout)

    def test_lines_that_are_not_believed(self):
        forged = {"__REALTIME_TIMESTAMP": "1790000000000000", "_TRANSPORT": "syslog",
                  "SYSLOG_FACILITY": "1", "MESSAGE": self.lines().decode().strip()}
        real = dict(forged, _TRANSPORT="kernel", SYSLOG_FACILITY="0",
                    MESSAGE=avc("search", "udev_t", "sysctl_fs_t", "dir").strip())
        log = self.log(*(json.dumps(entry) + "\n" for entry in (forged, real)))
        said = self.denials("explain", "--json", log, quiet=False)
        self.assertRegex(said.stderr, r"1 line is not believed, first at .*boot\.log:1")
        self.assertEqual([finding["source"] for finding in json.loads(said.stdout)["findings"]], ["udev_t"])

    def test_names_that_would_break_the_module(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file",
                           'path=2F7372762F610A622229202861'),
                       avc("read", "getty_t", "user_home_t)(allow", "file"),
                       avc("read", "getty_t", "user_home_t;", "file"),
                       avc("read) (x", "getty_t", "user_home_t", "file"))
        for name in ("local.cil", "local.te"):
            self.assertEqual(triples(self.merge(log, module=self.dir / name)), self.RULE)
        run("checkmodule", "-M", "-m", "-o", self.dir / "local.mod", self.dir / "local.te", check=True)

    def test_json_and_text_agree(self):
        told = json.loads(self.denials("explain", "--json", BOOT).stdout)
        text = self.denials("explain", "--all", BOOT).stdout
        for verdict, count in told["verdicts"].items():
            self.assertRegex(text, rf"(?m)^{verdict}: {count['unique']}, in {count['records']} record")
        for finding in told["findings"]:
            self.assertIn(f"  {finding['source']} {finding['target']}:{finding['class']} ", text)
        merged = json.loads(self.denials("merge", "--dry-run", "--json", "--module", self.module, BOOT,
                                         status=1).stdout)
        self.assertEqual({name: merged[name] for name in told}, told)
        self.assertEqual(triples(self.merge(BOOT)), {
            (change["source"], change["source"] if change["target"] == "self" else change["target"],
             change["class"]): set(change["added"]) for change in merged["changes"]})

    def test_usage(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"))
        for words, pattern in (
                (["merge", log], "--recipe or --policy"),
                (["merge", log, "--policy", POLICY], "--module"),
                (["explain", log, "--policy", POLICY, "--recipe", RECIPE], "--recipe or --policy"),
                (["explain", "--policy", POLICY], "expected a log"),
                (["prune", "--policy", POLICY], "--module"),
                (["import", "--module", self.module], "expected a module"),
                (["mrege"], "merge"),
                (["merge", "--modul", self.module, log], "--module")):
            with self.subTest(words):
                self.assertFails(selns("denials", *words), 2, pattern)

    def test_missing_files(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"))
        gone = self.dir / "gone"
        for words in (["explain", gone, "--policy", POLICY], ["explain", log, "--policy", gone],
                      ["explain", log, "--recipe", gone], ["prune", "--module", gone, "--policy", POLICY],
                      ["merge", log, "--policy", POLICY, "--module", gone / "local.cil"],
                      ["explain", log, "--policy", log], ["explain", self.dir, "--policy", POLICY],
                      ["explain", log, "--policy", self.dir]):
            with self.subTest(words):
                self.assertFails(selns("denials", *words), 3, "gone|boot.log|" + self.dir.name)


JOURNAL_REMOTE = pathlib.Path("/lib/systemd/systemd-journal-remote")


def journal_entry(seconds, message, **fields):
    """An entry as `journalctl --output=export` writes it."""
    fields = {"__REALTIME_TIMESTAMP": (BEGUN + seconds) * 10**6, "__MONOTONIC_TIMESTAMP": seconds * 10**6,
              "_BOOT_ID": "1" * 32, "_MACHINE_ID": "2" * 32, "_HOSTNAME": "web", **fields}
    message = message.strip().encode("latin-1")
    return (b"".join(f"{name}={value}\n".encode() for name, value in fields.items()) +
            b"MESSAGE\n" + len(message).to_bytes(8, "little") + message + b"\n\n")


@unittest.skipUnless(JOURNAL_REMOTE.exists(), "needs the package systemd-journal-remote")
class Journal(TestCase):
    """A journal of systemd's own making, read by way of its own journalctl."""

    KERNEL = {"_TRANSPORT": "kernel", "SYSLOG_FACILITY": 0, "SYSLOG_IDENTIFIER": "kernel"}
    READ = {("allow", "getty_t", "user_home_t", "file"): {"append", "open", "read"}}

    def setUp(self):
        super().setUp()

        def line(permission, *more, **fields):
            return avc(permission, "getty_t", "user_home_t", "file", *more, **fields)

        read = line("read", serial=7)
        audited = {"_TRANSPORT": "audit", "_AUDIT_TYPE": 1400, "_AUDIT_TYPE_NAME": "AVC", "_AUDIT_ID": 7,
                   "_SOURCE_REALTIME_TIMESTAMP": BEGUN * 10**6 + 7000}
        entries = [
            (0, read, self.KERNEL), (1, "AVC " + read.split(": ", 2)[2], audited),
            # No text, since the name has any bytes; and longer than journalctl shows unless told to.
            (2, line("open", comm="a\xff\x1b[31m"), self.KERNEL),
            (7200, line("append", f'path="/{"x" * 5000}"', at=BEGUN + 7200), self.KERNEL),
            # By others: a service, its standard output, and who wrote to /dev/kmsg.
            (3, line("write"), {"_TRANSPORT": "syslog", "SYSLOG_FACILITY": 0, "SYSLOG_IDENTIFIER": "kernel"}),
            (4, line("write"), {"_TRANSPORT": "stdout", "SYSLOG_IDENTIFIER": "kernel"}),
            (5, line("write"), dict(self.KERNEL, SYSLOG_FACILITY=1)),
            (6, "Missed 3 kernel messages", {"_TRANSPORT": "driver", "SYSLOG_IDENTIFIER": "systemd-journald"})]
        stream = b"".join(journal_entry(seconds, message, **fields)
                          for seconds, message, fields in sorted(entries, key=lambda entry: entry[0]))
        self.journal = self.dir / "host.journal"
        run(JOURNAL_REMOTE, "-o", self.journal, self.write("export", stream), check=True)
        self.journalctl = shutil.which("journalctl")
        self.write("bin/journalctl", f'#!/bin/sh\nexec {self.journalctl} --file={self.journal} "$@"\n', 0o755)
        self.env = support.environment(PATH=f"{self.dir / 'bin'}:{os.environ['PATH']}")

    def test_what_is_believed(self):
        said = self.denials("explain", "--json", "--journal", env=self.env, quiet=False)
        told = json.loads(said.stdout)
        self.assertEqual(told["records"], 3)
        self.assertEqual(told["not_believed"]["count"], 1)
        self.assertEqual(told["incomplete"]["count"], 1)
        self.assertEqual(told["malformed"]["count"], 0)
        self.assertEqual(self.explain("--journal", env=self.env), self.READ)

    def test_since(self):
        key = next(iter(self.READ))
        for option, expected in (("--since", {"append"}), ("--until", {"open", "read"})):
            self.assertEqual(self.explain("--journal", option, f"@{BEGUN + 3600}", env=self.env),
                             {key: expected})

    def test_files_of_journalctl(self):
        every = self.merge("--journal", env=self.env)
        for output in ("json", "json-seq", "short", "short-iso", "short-precise", "short-full", "short-unix"):
            with self.subTest(output):
                text = run(self.journalctl, "--file", self.journal, "--all", "--quiet", "-o", output,
                           "_TRANSPORT=kernel", "SYSLOG_FACILITY=0", check=True, env=self.env).stdout
                log = self.write(f"{output}.log", text.encode("utf-8", "surrogateescape"))
                module = self.dir / f"{output}.cil"
                self.assertEqual(triples(self.merge(log, module=module)), triples(every))


class Recipes(TestCase):
    """By a recipe and its image. The bootstrap comes from the cache when another test made it."""

    def recipe(self, denials="", extra=""):
        text = RECIPE.read_text()
        head = text[text.index("name:"):text.index("selinux:")].replace("quickstart", "web")
        denials = textwrap.indent(textwrap.dedent(denials), "    ")
        return self.write("web.yaml", f"{head}selinux:\n  mode: permissive\n  denials:\n{denials}{extra}")

    def by_recipe(self, command, recipe, *arguments, **options):
        return self.denials(command, "--recipe", recipe, *arguments, policy=None, **options)

    def verdicts(self, recipe, *arguments):
        return self.explain("--recipe", recipe, *arguments, policy=None)

    def test_logs_and_module_of_the_recipe(self):
        shutil.copy(SOURCE / "examples/quickstart/boot.log", self.dir / "one.log")
        recipe = self.recipe("module: local.cil\nlogs: [\"*.log\"]\n")
        said = self.by_recipe("merge", recipe).stdout
        self.assertIn("written", said)
        text = self.module.read_text()
        self.assertIn("(allow udev_t self (process (setrlimit)))", text)
        self.assertNotIn("user_home_dir_t", text)
        self.by_recipe("merge", recipe, "--dry-run")
        self.module.write_text(text + "(allow udev_t self (process (fork)))\n")
        self.by_recipe("prune", recipe, "--module", self.module)
        self.assertEqual(self.module.read_text(), text)

    def test_select(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"),
                       avc("read", "udev_t", "user_home_t", "file", 'dev="sdz"'),
                       avc("read", "syslogd_t", "user_home_t", "file", comm="noise"),
                       avc("read", "httpd_t", "getty_log_t", "file", at=BEGUN + 90000),
                       avc("append", "httpd_t", "httpd_config_t", "file"))
        recipe = self.recipe("""\
            module: local.cil
            logs: [boot.log]
            select: { until: "2026-09-22", exclude_source: [getty_t], exclude_target: [httpd_config_t],
                      exclude_device: [sdz], exclude_program: [noise] }
            """)
        self.assertEqual(self.verdicts(recipe), {})
        self.assertEqual(set(self.verdicts(recipe, "--until", "2026-09-24")),
                         {("allow", "httpd_t", "getty_log_t", "file")})
        self.assertIn("4 not selected", self.by_recipe("explain", recipe, "--until", "2026-09-24", log).stdout)

    def test_refuse_accept_and_tolerate(self):
        self.log(avc("read", "getty_t", "user_home_t", "file"),
                 avc("read", "getty_t", "shadow_t", "file"),
                 avc("sys_rawio", "getty_t", "getty_t", "capability"),
                 avc("read", "udev_t", "user_home_t", "file"), avc("read", "getty_t", "xdm_t", "fifo_file"))
        before = self.verdicts(self.recipe("logs: [boot.log]\n"))
        self.assertEqual({key[:3] for key in before}, {
            ("allow", "getty_t", "user_home_t"), ("allow", "udev_t", "user_home_t"),
            ("guarded", "getty_t", "self"), ("dontaudit", "getty_t", "xdm_t"),
            ("neverallow", "getty_t", "shadow_t")})
        after = self.verdicts(self.recipe("""\
            logs: [boot.log]
            refuse: ["getty_t user_home_t:file *"]
            accept: ["getty_t { shadow_t xdm_t }:* read", "* self:capability sys_rawio"]
            tolerate: ["udev_t *:file read"]
            """))
        self.assertEqual({key[:3] for key in after}, {
            ("guarded", "getty_t", "user_home_t"), ("allow", "getty_t", "xdm_t"),
            ("allow", "getty_t", "self"), ("neverallow", "getty_t", "shadow_t"),
            ("tolerated", "udev_t", "user_home_t")})

    def test_silence(self):
        self.log(avc("read open", "getty_t", "user_home_t", "file"), avc("append", "udev_t", "user_home_t", "file"))
        recipe = self.recipe("""\
            module: local.cil
            logs: [boot.log]
            silence: ["getty_t user_home_t:file { read open }"]
            """)
        self.by_recipe("merge", recipe)
        text = self.module.read_text()
        self.assertIn("(dontaudit getty_t user_home_t (file (open read)))", text)
        self.assertEqual(set(triples(text)), {("udev_t", "user_home_t", "file")})
        self.assertIn(("silenced", "getty_t", "user_home_t", "file"), self.verdicts(recipe))
        self.by_recipe("merge", recipe, "--dry-run")
        self.assertEqual(self.module.read_text(), text)

    def test_the_base_policy_is_kept(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"))
        recipe = self.recipe("logs: []\n")

        def explain():
            said = selns("denials", "explain", "--json", "--progress", "plain", "--recipe", recipe, log)
            self.assertEqual(said.returncode, 0, said.stderr)
            return said.stdout, "the archive" in said.stderr

        explain()
        again, reads_archive = explain()
        self.assertFalse(reads_archive)
        self.assertIn('"allow"', again)
        (self.dir / "more.cil").write_text("(allow getty_t user_home_t (file (read)))")
        recipe.write_text(recipe.read_text() + "  modules: [more.cil]\n")
        for reads in (True, False):
            told, reads_archive = explain()
            self.assertEqual(reads_archive, reads)
            self.assertIn("already allowed", told)
        (self.dir / "more.cil").write_text("(allow getty_t user_home_t (file (write)))")
        self.assertEqual(explain(), (again, True))

    def test_an_image_is_read_again_when_it_changes(self):
        log = self.log(avc("read", "getty_t", "user_home_t", "file"))
        output = self.dir / "out"
        recipe = self.recipe("logs: []\n", extra="images: [tar]\n")
        for module, verdict in (("read", "already allowed"), ("write", "allow")):
            (self.dir / "more.cil").write_text(f"(allow getty_t user_home_t (file ({module})))")
            recipe.write_text(recipe.read_text().replace("  modules: [more.cil]\n", "")
                              .replace("images:", "  modules: [more.cil]\nimages:"))
            built = selns("build", recipe, "-o", output, "--progress", "none")
            self.assertEqual(built.returncode, 0, built.stderr)
            for _ in range(2):
                self.assertEqual([key[0] for key in self.explain(log, policy=output / "web.tar")], [verdict])

    def test_mistakes_have_their_place(self):
        self.log(avc("read", "getty_t", "user_home_t", "file"))
        for text, *patterns in (
                ("logs: [boot.log]\nrefuse: [\"getty_t user_home_t\"]\n", r"web\.yaml:9:\d+"),
                ("logs: [boot.log]\naccept: [\"getty_t gone_t:file read\"]\n", r"web\.yaml:9:\d+", "gone_t"),
                ("logs: [boot.log]\ntolerate: [\"* *:file reed\"]\n", r"web\.yaml:9:\d+", "reed"),
                ("logs: [boot.log]\nselect: { since: whenever }\n", r"web\.yaml:9:\d+", "whenever"),
                ("logs: [gone.log]\n", r"web\.yaml:8:\d+", "gone.log"),
                ("logs: [boot.log]\nrefused: []\n", r"web\.yaml:9:5", "refuse")):
            with self.subTest(text):
                recipe = self.recipe(text)
                self.assertFails(selns("denials", "explain", "--recipe", recipe), 3, *patterns)

    @unittest.skipUnless(os.environ.get("SELNS_FULL_TESTS"), "two builds more")
    def test_a_module_that_no_log_would_have_made(self):
        self.write("more.cil", "(allow getty_t etc_t (file (write)))\n"
                               "(allow getty_t shadow_t (file (read)))\n")
        recipe = self.recipe("logs: []\n", "  modules: [more.cil]\nimages: [tar]\n")
        out = self.dir / "out"
        said = selns("build", recipe, "-o", out, "--progress", "plain")
        self.assertFails(said, 3, r"more\.cil:2", "neverallow", "shadow_t")
        self.assertRegex(said.stderr, r"more\.cil:1: getty_t etc_t:file write: ")
        recipe = self.recipe("logs: []\naccept: [\"getty_t etc_t:file write\", \"getty_t shadow_t:file read\"]\n",
                             "  modules: [more.cil]\nimages: [tar]\n")
        said = selns("build", recipe, "-o", out, "--progress", "plain")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertNotIn("more.cil", said.stderr)

    def test_a_build_with_a_module_in_te(self):
        self.log(avc("read", "getty_t", "user_home_t", "file"))
        module = self.write("local.te", "module local 1.0;\nrequire { type udev_t, user_home_t; "
                                        "class dir search; }\nallow udev_t user_home_t:dir search;\n")
        before = module.read_text()
        recipe = self.recipe("module: local.te\nlogs: [boot.log]\n", "images: [tar, ext4]\n")
        out = self.dir / "out"
        self.build(recipe, "-o", out, "--locked", status=1)
        self.assertEqual(module.read_text(), before)
        self.build(recipe, "-o", out, "--update")
        rules = {("udev_t", "user_home_t", "dir"): {"search"}, ("getty_t", "user_home_t", "file"): {"read"}}
        self.assertEqual(triples(module.read_text()), rules)
        self.assertEqual((out / "local.te").read_text(), module.read_text())
        self.build(recipe, "-o", out, "--locked")
        run("tar", "-xf", out / "web.tar", "-C", self.dir, "--wildcards", "*etc/selinux/default/policy/*",
            check=True)
        (policy,) = (self.dir / "etc/selinux/default/policy").iterdir()
        for source, target, tclass in rules:
            found = run("sesearch", "-A", "-s", source, "-t", target, "-c", tclass, "-ds", "-dt", policy)
            self.assertTrue(triples(found.stdout)[(source, target, tclass)] >=
                            rules[(source, target, tclass)], found.stdout)

        # The image's own policy, without the local module: the same verdicts as by the recipe.
        by_recipe = json.loads(self.by_recipe("explain", recipe, "--json").stdout)
        self.assertEqual(by_recipe["findings"][0]["verdict"], "allow")
        for image in ("web.tar", "web.ext4"):
            by_image = json.loads(self.denials("explain", "--json", "--module", module,
                                               self.dir / "boot.log", policy=out / image).stdout)
            self.assertEqual(dict(by_image, logs=[]), dict(by_recipe, logs=[]), image)

        # Of the policy with the module, as a file, all is allowed.
        told = self.explain(self.dir / "boot.log", policy=policy)
        self.assertEqual(set(told), {("already allowed", "getty_t", "user_home_t", "file")})


@needs_root
@unittest.skipUnless(POLICY, "needs the package selinux-policy-default")
class Stores(TestCase):
    """Rules made of random denials, in stores of a real policy."""

    @classmethod
    def setUpClass(cls):
        cls.top = pathlib.Path(tempfile.mkdtemp(prefix="selns-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.top, ignore_errors=True)
        cls.log_file = cls.top / "random.log"
        cls.log_file.write_text("".join(cls.random_denials(300)))

        def denials(command, *arguments):
            said = selns("denials", command, *arguments, "--policy", POLICY, "--progress", "none")
            if said.returncode != 0:
                raise AssertionError(said.stdout + said.stderr)
            return said.stdout

        cls.told = json.loads(denials("explain", "--json", cls.log_file))
        for name in ("cil/local.cil", "te/local.te"):
            (cls.top / name).parent.mkdir()
            denials("merge", "--module", cls.top / name, cls.log_file)
        run("checkmodule", "-M", "-m", "-o", cls.top / "te/local.mod", cls.top / "te/local.te", check=True)
        run("semodule_package", "-o", cls.top / "te/local.pp", "-m", cls.top / "te/local.mod", check=True)
        (cls.top / "all").mkdir()
        audit2allow("-M", "local", "-i", cls.log_file, cwd=cls.top / "all")
        # Commits take long; there may be a second processor.
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            cls.policies = {"base": POLICY, **dict(zip(("cil", "te", "all"), pool.map(cls.installed, (
                cls.top / "cil/local.cil", cls.top / "te/local.pp", cls.top / "all/local.pp"))))}
            cls.rules = dict(zip(cls.policies, pool.map(cls.rules_of, cls.policies.values())))

    @staticmethod
    def random_denials(count):
        """Of types, classes and contexts that the policy has, a permission each."""
        dice = random.Random(5)
        def types(*query):
            return set(re.findall(r"\S+_t\b", run("seinfo", *query, "-x", POLICY, check=True).stdout))

        domains = sorted(types("-a", "domain") & types("-r", "system_r"))
        files = sorted(types("-a", "file_type"))
        lines = []
        for serial in range(1, count + 1):
            source = f"system_u:system_r:{dice.choice(domains)}:s0"
            if dice.random() < 0.3:
                user, role = dice.choice((("system_u", "system_r"), ("system_u", "system_r"),
                                          ("unconfined_u", "unconfined_r")))
                target = f"{user}:{role}:{dice.choice(domains)}:{dice.choice(('s0', 's0', 's0:c1.c3'))}"
                tclass, permissions = dice.choice((
                    ("process", ("signal", "getattr", "sigkill", "getsched", "setpgid", "share")),
                    ("unix_stream_socket", ("connectto", "read", "write")),
                    ("fd", ("use",)), ("dbus", ("send_msg",)), ("key", ("search", "view"))))
            else:
                user = dice.choice(("system_u", "system_u", "unconfined_u"))
                target = f"{user}:object_r:{dice.choice(files)}:{dice.choice(('s0', 's0', 's0:c1'))}"
                tclass, permissions = dice.choice((
                    ("file", ("read", "open", "getattr", "append", "create", "relabelto", "execute", "map")),
                    ("dir", ("search", "add_name", "create", "relabelfrom", "getattr", "write")),
                    ("lnk_file", ("read", "create", "relabelto")), ("sock_file", ("write", "unlink"))))
            lines.append(avc(dice.choice(permissions), source, target, tclass, serial=serial))
        return lines

    @classmethod
    def installed(cls, module):
        """The kernel policy of a copy of this machine's store with MODULE in it."""
        root = cls.top / f"{module.parent.name}-root"
        shutil.copytree("/etc/selinux", root / "etc/selinux", symlinks=True)
        shutil.copytree("/var/lib/selinux/default", root / "var/lib/selinux/default", symlinks=True)
        run("semodule", "-n", "-p", root, "-s", "default", "-i", module, check=True)
        return next((root / "etc/selinux/default/policy").glob("policy.*"))

    @staticmethod
    def rules_of(policy):
        """The allow rules of POLICY that no boolean is about."""
        said = run("sesearch", "-A", policy, check=True).stdout
        return triples("".join(line for line in said.splitlines(True) if "[" not in line))

    def findings(self, *verdicts):
        return {(f["source"], f["source"] if f["target"] == "self" else f["target"], f["class"], permission)
                for f in self.told["findings"] if f["verdict"] in verdicts for permission in f["permissions"]}

    @functools.cached_property
    def records(self):
        """What each record is about, by its serial."""
        found = re.findall(r":(\d+)\): .*\{ (\S+) \}.* scontext=\w+:\w+:(\w+):\S+ "
                           r"tcontext=\w+:\w+:(\w+):\S+ tclass=(\w+)", self.log_file.read_text())
        return {int(serial): (source, target, tclass, permission)
                for serial, permission, source, target, tclass in found}

    def test_there_is_something_of_each(self):
        for verdict, least in (("allow", 100), ("constraint", 15), ("boolean", 1), ("already allowed", 5)):
            self.assertGreaterEqual(len(self.findings(verdict)), least, self.told["verdicts"])

    def test_the_rules_are_those_of_audit2allow(self):
        """Of the records that need no special verdict: as text, and in both policies."""
        plain = self.findings("allow")
        chosen = [line for line in self.log_file.read_text().splitlines(True)
                  if self.records[int(re.search(r":(\d+)\):", line).group(1))] in plain]
        theirs = triples(audit2allow("-i", self.log("".join(chosen))))
        ours = triples((self.top / "cil/local.cil").read_text())
        self.assertEqual(ours, theirs)
        self.assertEqual(triples((self.top / "te/local.te").read_text()), ours)
        self.assertEqual({(*triple, permission) for triple, names in ours.items()
                          for permission in names}, plain)
        for name, rules in (("cil", ours), ("te", ours),
                            ("all", triples((self.top / "all/local.te").read_text()))):
            expected = {triple: set(names) for triple, names in self.rules["base"].items()}
            for triple, names in rules.items():
                expected.setdefault(triple, set()).update(names)
            self.assertEqual(self.rules[name], expected, name)

    def test_the_rules_help(self):
        """With them installed, audit2why has nothing more to say of these records."""
        allowed = self.findings("allow", "already allowed")
        constraint = self.findings("constraint")
        for serial, said in audit2why(self.policies["cil"], self.log_file).items():
            about = self.records[serial]
            if "would be allowed by active policy" in said:
                self.assertIn(about, allowed)
            elif about in allowed:
                # The same types and permission in other contexts.
                self.assertIn("onstraint", said)
                self.assertIn(about, constraint)

    def test_constraints_are_what_rules_do_not_help(self):
        """audit2allow's rules for everything are installed: what is denied still is a constraint."""
        denied = set()
        allowed = set()
        for serial, said in audit2why(self.policies["all"], self.log_file).items():
            if "would be allowed by active policy" in said:
                allowed.add(self.records[serial])
            else:
                self.assertIn("onstraint", said, self.records[serial])
                denied.add(self.records[serial])
        self.assertEqual(denied, self.findings("constraint"))
        self.assertLessEqual(self.findings("allow", "already allowed"), allowed)

    def test_a_root_directory(self):
        """Its store and file contexts tell more than the kernel policy alone: what the neverallow
        rules forbid, and what else is to be guarded."""
        root = self.dir / "root"
        shutil.copytree("/etc/selinux", root / "etc/selinux", symlinks=True)
        shutil.copytree("/var/lib/selinux/default", root / "var/lib/selinux/default", symlinks=True)
        (root / "etc/selinux/config").write_text("SELINUX=permissive\nSELINUXTYPE=default\n")
        before = support.tree_hash(root)
        more = self.log(self.log_file.read_text(), avc("read", "getty_t", "shadow_t", "file", serial=999))
        told = self.explain(more, policy=root)
        self.assertIn(("neverallow", "getty_t", "shadow_t", "file"), told)
        allowed, *others = ({(source, source if target == "self" else target, tclass, permission)
                           for (verdict, source, target, tclass), names in told.items() if verdict == wanted
                           for permission in names} for wanted in ("allow", "neverallow", "guarded"))
        self.assertEqual(allowed, self.findings("allow").difference(*others))
        self.assertEqual(support.tree_hash(root), before)
        next((root / "var/lib/selinux/default/active/modules").glob("*/*/lang_ext")).unlink()
        said = self.denials("explain", more, policy=root, status=3).stderr
        self.assertIn("the image's policy: cannot list the policy modules", said)


class Advice(TestCase):
    """Verdicts by a root directory, whose file contexts and store tell more, and what they offer."""

    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="selns-e2e-"))
        cls.addClassCleanup(shutil.rmtree, cls.root, ignore_errors=True)
        shutil.copytree("/etc/selinux", cls.root / "etc/selinux", symlinks=True)
        shutil.copytree("/var/lib/selinux/default", cls.root / "var/lib/selinux/default", symlinks=True)
        (cls.root / "etc/selinux/config").write_text("SELINUX=permissive\nSELINUXTYPE=default\n")

    def findings(self, *lines, command="explain"):
        """By source, target and class; the records of each are of one verdict."""
        said = self.denials(command, "--json", self.log(*lines), policy=self.root)
        return {(f["source"], f["target"], f["class"]): f for f in json.loads(said.stdout)["findings"]}

    def verdict(self, *record):
        (found,) = self.findings(avc(*record)).values()
        return found["verdict"]

    def test_paths_that_are_none_of_the_image(self):
        """The label is right or wrong by what a path says, and these say nothing."""
        for path in ("2F6574632F78202864656C6574656429", '"/etc/x (deleted)"', '"/memfd:x"', '"/SYSV00000000"',
                     '"/anon_hugepage"', '"/dev/zero"', '"/hostroot/etc/x"', '"/nowhere"', '"pipe:[81]"'):
            with self.subTest(path):
                self.assertEqual(self.verdict("write", "getty_t", "user_home_t", "file", f"path={path}",
                                              'dev="sda1"'), "allow")
        self.assertEqual(self.verdict("write", "getty_t", "user_home_t", "file", 'path="/etc/x"', 'dev="sda1"'),
                         "mislabelled")

    def test_file_systems_without_labels(self):
        """Booleans and rules help; sesearch knows which, and no file context does."""
        for target, device, path, boolean in (
                ("nfs_t", "0:45", "/home/bob/x", "use_nfs"), ("cifs_t", "cifs", "/home/bob/x", "use_cifs"),
                ("fusefs_t", "fuse", "/var/www/x", "use_fusefs"), ("dosfs_t", "sda1", "/boot/efi/x", None),
                ("iso9660_t", "sr0", "/media/x/y", None), ("tmpfs_t", "tmpfs", "/var/cache/app/x", None)):
            with self.subTest(target):
                permission, source = ("read", "httpd_t") if boolean else ("append", "getty_t")
                (found,) = self.findings(avc(permission, source, target, "file", f'path="{path}"',
                                             f'dev="{device}"')).values()
                self.assertEqual(found["verdict"], "boolean" if boolean else "allow")
                self.assertIn(boolean or "", found["advice"])
        self.assertEqual(self.verdict("append", "getty_t", "bin_t", "file", 'path="/etc/x"', 'dev="0:60"'),
                         "guarded")

    def test_what_is_unlabeled_and_cannot_be_labelled(self):
        for tclass, permission in (("packet", "send"), ("peer", "recv"), ("association", "recvfrom"),
                                   ("key", "search"), ("process", "signal")):
            with self.subTest(tclass):
                self.assertEqual(self.verdict(permission, "getty_t", "unlabeled_t", tclass), "allow")
        self.assertEqual(self.verdict("read", "getty_t", "unlabeled_t", "file"), "mislabelled")

    def test_a_file_context_with_the_user_that_a_constraint_wants(self):
        """What is offered makes the label that the constraint accepts; then the log is older."""
        record = avc("relabelfrom", "systemd_tmpfiles_t", "unconfined_u:object_r:user_home_dir_t", "dir",
                     'name="root"')
        found = self.findings(record)["systemd_tmpfiles_t", "user_home_dir_t", "dir"]
        self.assertEqual(found["file_contexts"], ["/root -d system_u:object_r:user_home_dir_t:s0"])
        local = self.root / "etc/selinux/default/contexts/files/file_contexts.local"
        before = local.read_text() if local.exists() else ""
        local.write_text(before + found["file_contexts"][0] + "\n")
        self.addCleanup(local.write_text, before)
        found = self.findings(record)["systemd_tmpfiles_t", "user_home_dir_t", "dir"]
        self.assertEqual(found["file_contexts"], [])
        self.assertIn("the log is older", found["advice"])

    def test_a_neverallow_rule_has_a_place(self):
        found = self.findings(avc("read", "getty_t", "shadow_t", "file"))["getty_t", "shadow_t", "file"]
        self.assertEqual(found["verdict"], "neverallow")
        self.assertNotIn("typeattr", found["reason"])
        module, line = re.search(r"\(module (\w+), line (\d+) of its CIL\)", found["reason"]).groups()
        text = run("semodule", "-p", self.root, "-s", "default", "-c", "-E", module, cwd=self.dir,
                   check=True) and (self.dir / f"{module}.cil").read_text()
        self.assertIn("neverallow", text.splitlines()[int(line) - 1])

    def test_a_type_of_its_own(self):
        """What is offered can be installed, labels the path, and helps."""
        records = [avc("write", "getty_t", "var_lib_t", "file", 'path="/var/lib/my.app/db"', 'dev="sda1"'),
                   avc("read", "getty_t", "default_t", "dir", 'path="/app/data"', 'dev="sda1"')]
        found = self.findings(*records)
        offered = [found["getty_t", "var_lib_t", "file"], found["getty_t", "default_t", "dir"]]
        self.assertEqual([f["verdict"] for f in offered], ["allow", "mislabelled"])
        self.assertEqual([line for f in offered for line in f["file_contexts"]],
                         [r"/var/lib/my\.app(/.*)? system_u:object_r:getty_var_lib_t:s0",
                          "/app(/.*)? system_u:object_r:getty_app_t:s0"])
        root = self.dir / "root"
        shutil.copytree(self.root, root, symlinks=True)
        module = self.write("own.cil", "\n".join(line for f in offered for line in f["statements"]))
        run("semodule", "-n", "-p", root, "-s", "default", "-i", module, check=True)
        policy = next((root / "etc/selinux/default/policy").glob("policy.*"))
        later = self.log(*(avc(permission, "getty_t", target, tclass) for permission, target, tclass in (
            ("write", "getty_var_lib_t", "file"), ("read", "getty_app_t", "dir"))), name="later.log")
        for said in audit2why(policy, later).values():
            self.assertIn("would be allowed by active policy", said)
        self.assertIn("associate", run("sesearch", "-A", "-s", "getty_var_lib_t", "-t", "fs_t", "-c", "filesystem",
                                       policy, check=True).stdout)

    def test_companions(self):
        record = avc("read", "getty_t", "user_home_t", "file")
        self.assertEqual(triples(self.merge(self.log(record))),
                         {("getty_t", "user_home_t", "file"): {"read"}})
        self.denials("merge", "--complete", "--module", self.module, self.log(record))
        text = self.module.read_text()
        self.assertEqual(triples(text), {("getty_t", "user_home_t", "file"): {"read", "open", "getattr"}})
        self.assertIn("; not seen: getattr open\n", text)
        self.merge(self.log(avc("open", "getty_t", "user_home_t", "file")))
        self.assertIn("; not seen: getattr\n", self.module.read_text())


if __name__ == "__main__":
    unittest.main()
