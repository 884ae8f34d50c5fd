#include "selns/label/apply.hpp"
#include "support/catch.hpp"
#include "unit/label/small.hpp"

#include <sys/stat.h>

using namespace selns;
using label::test::labelled_file;
using label::test::matcher;

namespace {

tree::Inode inode(tree::FileType type, std::string context = {}) {
    tree::Inode result;
    result.type = type;
    result.context = std::move(context);
    return result;
}
tree::Inode directory() {
    return inode(tree::FileType::directory);
}

bool any(const std::string& /*context*/) {
    return true;
}

std::string context(const tree::Tree& tree, std::string_view path) {
    return tree.inode(tree.find(path, false).value()).context;
}

std::string refusal(const label::Report& report, const recipe::LabelPolicy& policy = {}) {
    try {
        label::enforce(report, policy);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        CHECK_FALSE(error.hint().empty());
        return error.message();
    }
    return {};
}

constexpr auto warn = recipe::Severity::warn;
constexpr auto off = recipe::Severity::off;

} // namespace

TEST_CASE("Every inode gets the context of its path and kind") {
    tree::Tree tree;
    tree.put("/etc", directory());
    tree.put("/etc/passwd", labelled_file("u:r:old_t:s0"));
    tree.put("/etc/link", inode(tree::FileType::symlink));
    std::map<std::string, int> asked;
    std::uint64_t last = 0;
    const auto report = label::apply(
        tree, matcher("/.* u:r:any_t:s0\n/ u:r:root_t:s0\n/etc/.* -l u:r:link_t:s0\n"),
        [&](const std::string& c) { return ++asked[c] > 0; }, [&](std::uint64_t n) { last = n; });
    CHECK(context(tree, "/") == "u:r:root_t:s0");
    CHECK(context(tree, "/etc") == "u:r:any_t:s0");
    CHECK(context(tree, "/etc/passwd") == "u:r:any_t:s0");
    CHECK(context(tree, "/etc/link") == "u:r:link_t:s0");
    CHECK(report.inodes == 4);
    CHECK(report.labelled == 4);
    CHECK(report.types ==
          std::map<std::string, std::uint64_t>{{"any_t", 2}, {"link_t", 1}, {"root_t", 1}});
    CHECK(asked == std::map<std::string, int>{
                       {"u:r:any_t:s0", 1}, {"u:r:link_t:s0", 1}, {"u:r:root_t:s0", 1}});
    CHECK(last == 4);
    CHECK(refusal(report).empty());
}

TEST_CASE("Files without a label") {
    tree::Tree tree;
    tree.put("/proc", directory());
    tree.put("/run/x", labelled_file());
    tree.put("/runner", labelled_file());
    tree.put("/tmp/x", labelled_file());
    tree.put("/tmp/kept", labelled_file("u:r:kept_t:s0"));
    const auto report = label::apply(
        tree,
        matcher("/ u:r:t:s0\n/run u:r:t:s0\n/tmp u:r:t:s0\n/proc <<none>>\n/tmp/.* <<none>>\n"),
        any);
    CHECK(report.none.total == 1);
    CHECK(report.unmatched.total == 1);
    CHECK(report.mounted_over.total == 2);
    CHECK(context(tree, "/tmp/kept") == "u:r:kept_t:s0");
    CHECK(report.labelled == 4);

    const auto message = refusal(report);
    CHECK_THAT(message, ContainsSubstring("/tmp/x: <<none>> (fc:5:1)"));
    CHECK_THAT(message, ContainsSubstring("/runner: no specification matches"));
    CHECK_THAT(message, !ContainsSubstring("/proc"));
    CHECK(label::enforce(report, {.unmatched = warn}).size() == 2);
    CHECK(label::enforce(report, {.unmatched = off}).empty());
}

TEST_CASE("A context that the policy does not define is named with its specification") {
    tree::Tree tree;
    for (int i = 0; i < 30; ++i)
        tree.put("/srv/" + std::to_string(100 + i), labelled_file("u:r:old_t:s0"));
    const auto report = label::apply(tree, matcher("/.* u:r:t:s0\n/srv/.* u:r:unknown_t:s0\n"),
                                     [](const std::string& c) { return c == "u:r:t:s0"; });
    CHECK(report.invalid.total == 30);
    REQUIRE(report.invalid.shown.size() == 1);
    CHECK_THAT(refusal(report),
               ContainsSubstring("fc:2:1: u:r:unknown_t:s0 (/srv/100 and 29 more)"));
    CHECK(context(tree, "/srv/100").empty());
    CHECK(report.types.count("unknown_t") == 0);
    CHECK(label::enforce(report, {.invalid = warn}).size() == 1);
}

TEST_CASE("A hard link under two contexts takes the one of its first name") {
    tree::Tree tree;
    tree.put("/b/name", labelled_file());
    tree.link("/b/name", "/a");
    tree.link("/b/name", "/z");
    const std::string specifications = "/.* u:r:t:s0\n/b/name u:r:b_t:s0\n/a <<none>>\n";
    const auto report = label::apply(tree, matcher(specifications), any);
    CHECK(context(tree, "/z") == "u:r:b_t:s0");
    CHECK(report.inodes == 3);
    CHECK(report.hardlink.total == 1);
    CHECK_THAT(refusal(report), ContainsSubstring("/b/name (u:r:b_t:s0, taken) and /z (u:r:t:s0)"));
    CHECK(label::enforce(report, {.hardlink = warn}).size() == 1);

    SECTION("names that agree, or of which one asks for nothing, are no finding") {
        tree.remove("/z");
        CHECK(label::apply(tree, matcher(specifications), any).hardlink.total == 0);
        CHECK(context(tree, "/a") == "u:r:b_t:s0");
    }
}

TEST_CASE("Findings are all counted and some are shown") {
    tree::Tree tree;
    for (int i = 0; i < 1000; ++i)
        tree.put("/n\x1b" + std::to_string(i), labelled_file());
    const auto report = label::apply(tree, matcher("/ u:r:t:s0\n"), any);
    CHECK(report.unmatched.total == 1000);
    CHECK(report.unmatched.shown.size() == label::Findings::most_shown);
    const auto message = refusal(report);
    CHECK_THAT(message, ContainsSubstring("1,000 files without a label"));
    CHECK_THAT(message, ContainsSubstring("and 980 more"));
    CHECK_THAT(message, ContainsSubstring("/n\\x1b0"));
}

TEST_CASE("A progress callback can stop the work") {
    tree::Tree tree;
    for (int i = 0; i < 2000; ++i)
        tree.put("/" + std::to_string(i), labelled_file());
    const auto stop = [](std::uint64_t) { throw Error(ErrorKind::interrupted, "stop"); };
    CHECK_THROWS_AS(label::apply(tree, matcher("/.* u:r:t:s0\n"), any, stop), Error);
}
