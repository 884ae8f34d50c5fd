#include "selns/label/survey.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"
#include "unit/label/small.hpp"

#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

using namespace selns;
using label::Mismatch;
using label::test::labelled_file;
using label::test::matcher;

namespace {

bool valid(const std::string& context) {
    return context.find("bad") == std::string::npos;
}

constexpr const char* specifications = R"(/.* u:r:any_t:s0
/ -d u:r:root_t:s0
/none <<none>>
/a.* -- u:r:a_t:s0
/spoilt.* u:r:bad_t:s0
)";

} // namespace

TEST_CASE("stored labels are held against the specifications") {
    tree::Tree tree;
    tree.inode(tree::Tree::root).context = "u:r:root_t:s0";
    tree.put("/a1", labelled_file("u:r:a_t:s0"));
    tree.put("/a2", labelled_file("u:r:other_t:s0"));
    tree.put("/a3", labelled_file("u:r:a_t:s0:c1"));
    tree.put("/a4", labelled_file("v:r:a_t:s0"));
    tree.put("/a5", labelled_file(""));
    tree.put("/a6", labelled_file("u:r:bad_t:s0"));
    tree.put("/a7", labelled_file("u:r:a_t"));
    tree.put("/none", labelled_file("u:r:whatever_t:s0"));
    tree.put("/spoilt1", labelled_file("u:r:any_t:s0"));
    tree.put("/spoilt2", labelled_file(""));
    const auto survey = label::verify(tree, matcher(specifications), valid);
    CHECK(survey.names == 11);
    CHECK(survey.silent == 1);
    std::vector<std::pair<std::string, Mismatch>> found;
    for (const auto& difference : survey.differences) {
        found.emplace_back(difference.path, difference.mismatch);
        CHECK(difference.should == "u:r:a_t:s0");
        CHECK(difference.at.line == 4);
    }
    CHECK(found == std::vector<std::pair<std::string, Mismatch>>{{"/a2", Mismatch::type},
                                                                 {"/a3", Mismatch::level},
                                                                 {"/a4", Mismatch::user},
                                                                 {"/a5", Mismatch::missing},
                                                                 {"/a6", Mismatch::invalid},
                                                                 {"/a7", Mismatch::level}});
    REQUIRE(survey.invalid.size() == 1);
    CHECK(survey.invalid[0].path == "/spoilt1");
    CHECK(survey.invalid[0].files == 2);
    CHECK_THROWS_WITH(label::refuse_invalid(survey.invalid),
                      ContainsSubstring("fc:5") && ContainsSubstring("bad_t"));
    CHECK(survey.types.at("a_t") == 7);
}

TEST_CASE("a survey of some names counts these, and decides about links by all") {
    tree::Tree tree;
    tree.put("/a1", labelled_file(""));
    tree.put("/a2", labelled_file(""));
    tree.put("/spoilt", labelled_file(""));
    tree.link("/a2", "/z/2");
    const auto only = [](std::string prefix) {
        return [prefix](const std::string& path, const std::string&) {
            return path.starts_with(prefix);
        };
    };
    const auto rules = matcher(specifications);
    const auto a1 = label::verify(tree, rules, valid, {}, only("/a1"));
    CHECK(a1.names == 1);
    CHECK(a1.types == std::map<std::string, std::uint64_t>{{"a_t", 1}});
    REQUIRE(a1.differences.size() == 1);
    CHECK(a1.conflicts.empty());
    CHECK(a1.invalid.empty());
    const auto z = label::verify(tree, rules, valid, {}, only("/z"));
    CHECK(z.names == 2);
    REQUIRE(z.differences.size() == 1); // the directory: the link is told by its first name
    CHECK(z.differences[0].path == "/z");
    REQUIRE(z.conflicts.size() == 1);
    CHECK(z.conflicts[0].other_path == "/z/2");
}

TEST_CASE("the first name that asks for a label decides about an inode") {
    tree::Tree tree;
    tree.inode(tree::Tree::root).context = "u:r:root_t:s0";
    tree.put("/none", labelled_file("u:r:a_t:s0"));
    tree.link("/none", "/z");
    tree.link("/none", "/ab");
    const auto survey = label::verify(tree, matcher(specifications), valid);
    CHECK(survey.differences.empty());
    REQUIRE(survey.conflicts.size() == 1);
    CHECK(survey.conflicts[0].path == "/ab");
    CHECK(survey.conflicts[0].other_path == "/z");
    CHECK(survey.conflicts[0].other_context == "u:r:any_t:s0");
}

TEST_CASE("a directory is surveyed and labelled as a tree is") {
    const selns::test::TempDir dir;
    for (int i = 0; i < 100; ++i)
        dir.write("d" + std::to_string(i) + "/a", "");
    dir.write("none", "");
    std::filesystem::create_hard_link(dir.path() / "d1/a", dir.path() / "again");
    if (::lsetxattr(dir.path().c_str(), "security.selinux", "u:r:x_t:s0", 11, 0) != 0) {
        WARN("skipped: writing labels needs root");
        return;
    }
    const auto rules = matcher(specifications);
    const tree::Disk disk(dir.path());
    const auto before = label::survey_disk(disk, rules, valid, {4, false});
    CHECK(before.differences.size() == 201); // the hard link counts once, "none" not at all
    CHECK(before.differences.front().path == "/");
    CHECK(before.differences.front().has == "u:r:x_t:s0");
    const auto changed = label::survey_disk(disk, rules, valid, {4, true});
    CHECK(changed.differences.size() == before.differences.size());
    CHECK(label::survey_disk(disk, rules, valid, {1, true}).differences.empty());
    CHECK(label::read_label(disk, "/d7/a") == "u:r:any_t:s0");
    CHECK(label::read_label(disk, "/") == "u:r:root_t:s0");
    CHECK(label::read_label(disk, "/none") == "");
    CHECK_FALSE(label::read_label(disk, "/gone/x"));
    CHECK(label::read_label(disk, "/again") == "u:r:a_t:s0");
    REQUIRE(changed.conflicts.size() == 1);
    CHECK(changed.conflicts[0].path == "/again");
}
