// Against the tools that people know: libsepol's CIL reader, a real policy, audit2allow.

#include "generate.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/module/merge.hpp"
#include "selns/process/process.hpp"
#include "selns/selinux/cil.hpp"
#include "support/catch.hpp"
#include "support/fake_policy.hpp"
#include "support/host_policy.hpp"
#include "support/never.hpp"

#include <algorithm>
#include <filesystem>
#include <random>

extern "C" {
#include <sepol/cil/cil.h>
}

using namespace selns::log;
using namespace selns::module;
using namespace selns::verdict;
using selns::test::never;
using namespace selns::test;

namespace {

// Whether libsepol can read TEXT as CIL; names are not resolved.
bool libsepol_reads(const std::string& text) {
    cil_set_log_handler([](int, const char*) {});
    cil_db_t* db = nullptr;
    cil_db_init(&db);
    const bool read = cil_add_file(db, "m.cil", text.c_str(), text.size()) == 0;
    cil_db_destroy(&db);
    return read;
}

bool we_read(const std::string& text) {
    try {
        selns::selinux::parse_cil(text, "m.cil");
        return true;
    } catch (const selns::Error&) {
        return false;
    }
}

std::filesystem::path boot_log() {
    return std::filesystem::path(SELNS_SOURCE_DIR) / "tests/unit/log/data/debian12-boot.log";
}

struct RealPolicy {
    explicit RealPolicy(const std::string& image)
        : db(selns::selinux::PolicyDb::read(image, "policy")), decisions(db),
          base(db, decisions, nullptr, {db, {}}) {}

    selns::selinux::PolicyDb db;
    selns::selinux::Decisions decisions;
    BasePolicy base;
};

// What audit2allow would make rules of: it knows neither guards, nor constraints, nor what is
// allowed already.
Rules all_rules(const MergeResult& result) {
    Rules rules;
    for (const Finding& finding : result.judged.findings)
        if (!is_refusal(finding.verdict))
            rules[finding.triple].permissions.insert(finding.permissions.begin(),
                                                     finding.permissions.end());
    return rules;
}

MergeResult merge_log(LogReader reader, const Policy& policy) {
    return merge_denials(reader.finish(), {}, policy, {});
}

// One line for each permission, sorted.
std::vector<std::string> lines_of(const Rules& rules) {
    std::vector<std::string> lines;
    for (const auto& [triple, grant] : rules)
        for (const std::string& permission : grant.permissions)
            lines.push_back(to_cil(triple, {permission}));
    return lines;
}

// The rules that audit2allow makes of LOG: "allow a b:c { p q };" and "allow a b:c p;".
std::vector<std::string> audit2allow(selns::process::Runner& runner,
                                     const std::filesystem::path& policy,
                                     const std::filesystem::path& log) {
    const std::string output = selns::process::output_of(
        runner, {.argv = {"audit2allow", "-p", policy.string(), "-i", log.string()},
                 .package = "policycoreutils-python-utils"});
    Rules rules;
    for (const std::string_view line : selns::split(output, '\n')) {
        if (!line.starts_with("allow "))
            continue;
        std::string text(line);
        std::ranges::replace_if(
            text, [](char c) { return c == ':' || c == '{' || c == '}' || c == ';'; }, ' ');
        const auto words = selns::split_words(text);
        REQUIRE(words.size() >= 5);
        Permissions& permissions =
            rules[{std::string(words[1]), std::string(words[2]), std::string(words[3])}]
                .permissions;
        for (std::size_t i = 4; i < words.size(); ++i)
            permissions.emplace(words[i]);
    }
    return lines_of(rules);
}

} // namespace

TEST_CASE("libsepol reads the modules that are written") {
    for (unsigned seed = 1; seed <= 5; ++seed) {
        LogReader reader;
        reader.read_text(generate_log(seed, 100), "k.log");
        const MergeResult result = merge_denials(reader.finish(), {}, small_policy(), {});
        CHECK_FALSE(result.changes.empty());
        CHECK(libsepol_reads(result.module.str()));
    }
    CHECK(libsepol_reads(LocalModule().str()));
}

// Carriage returns are left out: they are refused where libsepol takes them.
TEST_CASE("what libsepol cannot read as CIL is refused, and the rest is not") {
    const std::vector<std::string> pieces = {"(",  ")",     "allow", " ",  "\n", ";",   "\"",
                                             "a",  "(type", "x)",    "\t", "'",  "*",   "\\",
                                             "()", "; c\n", "\"s\"", "{",  "#",  "\x7f"};
    std::mt19937 random(11);
    int taken = 0;
    for (int round = 0; round < 1000; ++round) {
        std::string text;
        for (std::size_t n = random() % 12; n > 0; --n)
            text += pieces[random() % pieces.size()];
        INFO(text);
        const bool read = we_read(text);
        REQUIRE(read == libsepol_reads(text));
        taken += read ? 1 : 0;
    }
    CHECK(taken > 30);
}

TEST_CASE("taking rules out of a module leaves what libsepol reads") {
    const std::vector<std::string> pieces = {"(allow a b (c (p)))",
                                             "(allow a self (c (q)))",
                                             "(type t)",
                                             "\n",
                                             "\n",
                                             " ",
                                             "; c",
                                             "  ;;* x",
                                             "\n;;* lms 3 f\n",
                                             "\n;;* lme\n",
                                             "\n; above\n",
                                             "(allow a b set)"};
    std::mt19937 random(12);
    int taken = 0;
    for (int round = 0; round < 1000; ++round) {
        std::string text;
        for (std::size_t n = random() % 12; n > 0; --n)
            text += pieces[random() % pieces.size()];
        if (!libsepol_reads(text))
            continue;
        ++taken;
        const LocalModule module = LocalModule::parse(text, "m.cil");
        INFO(text << "\n---\n" << module.str());
        REQUIRE(libsepol_reads(module.str()));
        REQUIRE(LocalModule::parse(module.str(), "m.cil").str() == module.str());
        REQUIRE(LocalModule::parse(module.str(), "m.cil").same_statements(module));
    }
    CHECK(taken > 30);
}

TEST_CASE("logs against the policy of Debian 12") {
    const auto file = host_policy_file();
    if (!file) {
        WARN("selinux-policy-default is not installed");
        return;
    }
    const RealPolicy policy(selns::read_file(*file));

    LogReader boot_reader;
    boot_reader.read_file(boot_log(), never);
    const MergeResult boot = merge_log(std::move(boot_reader), policy.base);
    CHECK(boot.denials.malformed.count == 0);
    CHECK(boot.denials.records == boot.denials.logs.at(0).records);
    const auto& counts = boot.judged.counts;
    CHECK_FALSE(counts.contains(Verdict::unknown_type));
    CHECK_FALSE(counts.contains(Verdict::invalid_context));
    CHECK_FALSE(boot.changes.empty());
    CHECK(counts.at(Verdict::already_allowed).unique == 1);
    CHECK(counts.at(Verdict::guarded).unique > 0);

    selns::process::SystemRunner runner(never);
    if (runner.find("audit2allow"))
        CHECK(audit2allow(runner, *file, boot_log()) == lines_of(all_rules(boot)));
    else
        WARN("audit2allow is not installed");

    LogReader reader;
    for (const std::string source :
         {"system_u:system_r:init_t:s0", "system_u:system_r:init_t",
          "system_u:system_r:type_of_fedora_t:s0", "nobody_u:system_r:init_t:s0"})
        reader.read_text("avc: denied { read frobnicate } for scontext=" + source +
                             " tcontext=system_u:object_r:shadow_t:s0 tclass=file permissive=1\n" +
                             "avc: denied { use } for scontext=" + source +
                             " tcontext=system_u:system_r:init_t:s0 tclass=process3\n",
                         "k.log");
    const MergeResult named = merge_log(std::move(reader), policy.base);
    CHECK(named.denials.malformed.count == 0);
    CHECK(named.judged.counts.at(Verdict::unknown_permission).unique == 1);
    CHECK(std::ranges::count(named.judged.findings, Verdict::invalid_context, &Finding::verdict) ==
          2);
    CHECK(named.judged.counts.at(Verdict::unknown_type).unique == 3);
    CHECK(named.judged.counts.at(Verdict::unknown_class).unique == 1);
}
