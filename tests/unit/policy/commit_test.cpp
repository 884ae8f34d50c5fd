#include "host_policy.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/policy/backend.hpp"
#include "selns/policy/neverallow.hpp"
#include "selns/process/process.hpp"
#include "selns/selinux/decisions.hpp"
#include "selns/selinux/policydb.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

using namespace selns;

namespace {

struct Machine {
    Interrupt never;
    progress::NullSink sink;
    std::unique_ptr<policy::Backend> backend = policy::host_backend(never);
    test::TempDir dir;
    int commits = 0;

    void commit(tree::Tree& rootfs, const policy::Changes& changes) {
        progress::Step step(sink, "policy", "");
        const auto place = policy::find_place(rootfs, "default");
        const auto result =
            dir.path() / ("result" + std::to_string(++commits) + ".tar"); // trees refer to it
        backend->commit(rootfs, place, changes, result, step);
        policy::take_over(rootfs, place, result, {1700000000, 0});
        step.finish("");
    }

    policy::Neverallows neverallows(const tree::Tree& rootfs) {
        progress::Step step(sink, "policy", "");
        const auto file = dir.path() / "neverallow.cil";
        backend->gather_neverallows(rootfs, policy::find_place(rootfs, "default"), file, step);
        step.finish("");
        return policy::Neverallows::parse(read_file(file), file.string());
    }
};

policy::Module cil(std::string name, std::string text) {
    return {name, "cil", std::move(text), {"recipe/" + name + ".cil"}};
}

std::string policy_image(const tree::Tree& rootfs) {
    return rootfs.read(policy::find_place(rootfs, "default").policy).value();
}

// This machine's semodule and the libraries that it needs, as an image would have them.
void put_tools(tree::Tree& rootfs) {
    const auto put = [&](const std::filesystem::path& file) {
        tree::Inode inode;
        inode.mode = 0755;
        inode.content = tree::Content::bytes(read_file(file));
        const auto folder = std::filesystem::canonical(file).parent_path();
        rootfs.put((folder / file.filename()).string(), std::move(inode));
    };
    put("/usr/sbin/semodule");
    const Interrupt never;
    process::SystemRunner runner(never);
    const std::string needed =
        process::output_of(runner, {.argv = {"ldd", "/usr/sbin/semodule"}, .package = "libc-bin"});
    for (const std::string_view word : split_words(needed))
        if (word.starts_with('/'))
            put(word);
}

} // namespace

TEST_CASE("a commit brings modules, booleans, file contexts and home directories") {
    if (!test::has_host_policy()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    Machine machine;
    tree::Tree rootfs = test::policy_rootfs();
    // Programs that an image's configuration names must not run; there is no way to see one run
    // but for what it leaves behind.
    const auto trace = machine.dir.path() / "trace";
    const auto script = machine.dir.write("evil", "#!/bin/sh\ntouch " + trace.string() + "\n");
    std::filesystem::permissions(script, std::filesystem::perms::owner_all);
    test::put_text(rootfs, "/etc/selinux/semanage.conf",
                   "module-store = direct\n[setfiles]\npath = " + script.string() +
                       "\n[end]\n[sefcontext_compile]\npath = " + script.string() +
                       "\n[end]\n[verify kernel]\npath = " + script.string() + "\n[end]\n");

    policy::Changes changes;
    changes.modules.push_back(cil("app", "(type app_t)\n(allow init_t app_t (file (read)))\n"
                                         "(roletype object_r app_t)\n"));
    changes.booleans.push_back({"httpd_enable_cgi", true, {}});
    changes.file_contexts.push_back(
        {"/srv/www(/.*)?", 0, "system_u:object_r:httpd_sys_content_t:s0", {}});
    machine.commit(rootfs, changes);

    CHECK_FALSE(std::filesystem::exists(trace));
    const std::string image = policy_image(rootfs);
    const auto db = selinux::PolicyDb::read(image, "policy");
    CHECK(db.has_type("app_t"));
    CHECK(db.booleans().at("httpd_enable_cgi"));
    CHECK(db.valid_context("system_u:object_r:app_t:s0"));
    CHECK_FALSE(db.valid_context("system_u:object_r:app_t"));
    {
        const selinux::Decisions decisions(db);
        const auto answers = decisions.decide(
            "system_u:system_r:init_t:s0", "system_u:object_r:app_t:s0", "file", {"read", "write"});
        CHECK(answers[0].rule);
        CHECK_FALSE(answers[1].rule);
    }
    const auto place = policy::find_place(rootfs, "default");
    CHECK_THAT(rootfs.read(place.contexts + ".local").value(),
               ContainsSubstring("httpd_sys_content_t"));
    const std::string homes = rootfs.read(place.contexts + ".homedirs").value();
    CHECK_THAT(homes, ContainsSubstring("/srv/people/"));
    CHECK_FALSE(rootfs.find(place.contexts + ".bin"));
    const auto modules = policy::installed_modules(rootfs, place);
    CHECK(std::any_of(modules.begin(), modules.end(), [](const auto& module) {
        return module.name == "app" && module.priority == 400 && module.language == "cil";
    }));

    // A second commit on top leaves the first one's work and changes only what must change.
    tree::Tree again = rootfs;
    policy::Changes local;
    local.modules.push_back(cil("selinuxns", "(allow app_t init_t (process (signal)))\n"));
    machine.commit(again, local);
    CHECK(selinux::PolicyDb::read(policy_image(again), "policy").has_type("app_t"));
    CHECK(policy_image(again) != image);
    CHECK(again.read(place.contexts + ".local") == rootfs.read(place.contexts + ".local"));

    // And without its module it is as if that had never been there, whoever takes it away: here the
    // image's own semodule.
    CHECK(policy::image_backend(again, machine.never) == nullptr);
    put_tools(again);
    machine.backend = policy::image_backend(again, machine.never);
    policy::Changes without = changes;
    without.modules.clear();
    without.removed = {"selinuxns", "nosuch"};
    without.file_contexts.push_back({"/srv/none", S_IFDIR, "", {}});
    machine.commit(again, without);
    CHECK(policy_image(again) == image);
    CHECK(again.read(place.contexts + ".local").value() ==
          rootfs.read(place.contexts + ".local").value() + "/srv/none -d <<none>>\n");
    CHECK(again.read(place.store + "/active/booleans.local") ==
          rootfs.read(place.store + "/active/booleans.local"));
}

TEST_CASE("the neverallow rules of Debian's policy") {
    if (!test::has_host_policy()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    Machine machine;
    const tree::Tree rootfs = test::policy_rootfs();
    const auto rules = machine.neverallows(rootfs);
    CHECK(rules.unknown().empty());
    CHECK(rules.rules().size() >= 25);
    const auto broken = [&](const char* source, const char* target, const char* tclass,
                            const char* permission) {
        return rules.broken_by(source, target, tclass, permission) != nullptr;
    };
    CHECK(broken("init_t", "shadow_t", "file", "read") == false);
    CHECK(broken("getty_t", "shadow_t", "file", "read"));
    CHECK(broken("getty_t", "security_t", "security", "load_policy"));
    CHECK_FALSE(broken("getty_t", "etc_t", "file", "read"));
    CHECK(broken("getty_t", "getty_t", "capability", "sys_module"));
}

TEST_CASE("what is wrong with a module is told with its file and line") {
    if (!test::has_host_policy()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    Machine machine;
    tree::Tree rootfs = test::policy_rootfs();
    const auto error_of = [&](const policy::Changes& changes) -> std::string {
        try {
            machine.commit(rootfs, changes);
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::invalid_input);
            return error.what();
        }
        return "no error";
    };
    SECTION("an undefined type, before the commit, with a suggestion") {
        CHECK_THAT(
            error_of({{cil("app", "; one\n\n(allow init_t syslogd_z (file (read)))")}, {}, {}}),
            ContainsSubstring("recipe/app.cil:3: allow: type syslogd_z is not defined") &&
                ContainsSubstring("did you mean syslogd_t?"));
    }
    SECTION("several at once") {
        const std::string said = error_of(
            {{cil("app", "(allow init_t a_t (file (read)))\n(allow init_t init_t (file (fly)))")},
             {{"httpd_enable_cgy", true, {"web.yaml", 9, 5}}},
             {}});
        CHECK_THAT(said, ContainsSubstring("recipe/app.cil:1: ") &&
                             ContainsSubstring("recipe/app.cil:2: ") &&
                             ContainsSubstring("web.yaml:9:5: ") &&
                             ContainsSubstring("did you mean httpd_enable_cgi?"));
    }
    const auto by_image = [&] {
        put_tools(rootfs);
        machine.backend = policy::image_backend(rootfs, machine.never);
    };
    SECTION("what only the compiler sees") {
        if (GENERATE(false, true))
            by_image();
        CHECK_THAT(error_of({{cil("app", "(optional o\n (allow init_t init_t (nosuch (read))))\n"
                                         "(typeattributeset nosuch_attribute init_t)")},
                             {},
                             {}}),
                   ContainsSubstring("recipe/app.cil:3: "));
    }
    SECTION("a file context that the policy does not define") {
        if (GENERATE(false, true))
            by_image();
        CHECK_THAT(
            error_of({{},
                      {},
                      {{"/srv(/.*)?", 0, "system_u:object_r:nosuch_t:s0", {"web.yaml", 12, 7}}}}),
            ContainsSubstring("web.yaml:12:7: ") && ContainsSubstring("nosuch_t"));
    }
    SECTION("a package that is none") {
        CHECK_THAT(error_of({{{"app", "pp", "not a package", {"recipe/app.pp"}}}, {}, {}}),
                   ContainsSubstring("recipe/app.pp: not a policy module package"));
    }
}

TEST_CASE("a commit's inputs change with everything that goes into it, and only then") {
    if (!test::has_host_policy()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    Machine machine;
    tree::Tree rootfs = test::policy_rootfs();
    const auto place = policy::find_place(rootfs, "default");
    const policy::Changes none;
    const auto key = [&](const policy::Changes& changes) {
        return policy::commit_inputs(rootfs, place, changes, *machine.backend);
    };
    const auto first = key(none);
    CHECK(key(none) == first);
    CHECK(key({{cil("a", "(type a_t)")}, {}, {}}) != first);
    CHECK(key({{}, {{"b", true, {}}}, {}}) != key({{}, {{"b", false, {}}}, {}}));
    test::put_text(rootfs, "/usr/share/doc/readme", "of no matter");
    CHECK(key(none) == first);
    test::put_text(rootfs, "/etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    CHECK(key(none) != first);
}

TEST_CASE("dontaudit rules can be left out") {
    if (!test::has_host_policy()) {
        WARN("skipped: package selinux-policy-default is not installed");
        return;
    }
    Machine machine;
    tree::Tree rootfs = test::policy_rootfs();
    const auto hidden_in = [](const tree::Tree& tree) {
        const auto policy = selinux::PolicyDb::read(policy_image(tree), "policy");
        return selinux::Decisions(policy).decide(
            "system_u:system_r:getty_t:s0", "system_u:system_r:getty_t:s0", "capability",
            {"sys_tty_config", "net_admin", "sys_admin", "dac_override"});
    };
    const auto count = [](const std::vector<selinux::Decision>& decisions) {
        return std::ranges::count_if(decisions, &selinux::Decision::dontaudit);
    };
    REQUIRE(count(hidden_in(rootfs)) > 0);

    policy::Changes changes;
    const auto place = policy::find_place(rootfs, "default");
    const auto usual = policy::commit_inputs(rootfs, place, changes, *machine.backend);
    changes.show_dontaudit = true;
    CHECK(policy::commit_inputs(rootfs, place, changes, *machine.backend) != usual);
    machine.commit(rootfs, changes);
    CHECK(count(hidden_in(rootfs)) == 0);
}
