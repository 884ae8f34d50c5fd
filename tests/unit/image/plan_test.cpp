#include "selns/image/ext4/plan.hpp"
#include "support/catch.hpp"
#include "unit/image/trees.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

using namespace selns;
using namespace selns::image::ext4;

namespace {

PlannedInode planned(const Plan& plan, const std::string& path) {
    const auto found = std::find_if(plan.inodes.begin(), plan.inodes.end(),
                                    [&](const PlannedInode& inode) { return inode.path == path; });
    REQUIRE(found != plan.inodes.end());
    return *found;
}

} // namespace

TEST_CASE("numbers and links of a small tree") {
    tree::Tree tree = test::tree_with_lost_found();
    tree.put("/a/b/file", test::file("x"));
    tree.link("/a/b/file", "/a/again");
    const Plan plan = make_plan(tree, {});
    CHECK(planned(plan, "/").number == root_inode);
    CHECK(planned(plan, "/").links == 4);
    CHECK(planned(plan, "/lost+found").number == lost_found_inode);
    CHECK(planned(plan, "/a").number == first_free_inode);
    CHECK(planned(plan, "/a").links == 3);
    CHECK(planned(plan, "/a/b").parent == first_free_inode);
    CHECK(planned(plan, "/a/again").links == 2);
    CHECK(plan.needs.inodes == 14);
    CHECK(plan.needs.blocks == 1 + 4 + 1 + 1 + 1);
}

TEST_CASE("zero blocks are found wherever they are") {
    tree::Tree tree = test::tree_with_lost_found();
    std::string content(3U << 20U, '\0');
    content[4095] = 'x';
    content[(1U << 20U) - 1] = 'x';
    content[1U << 20U] = 'x';
    tree.put("/file", test::file(content + std::string(5, '\0') + "x"));
    const auto data = planned(make_plan(tree, {}), "/file").data;
    REQUIRE(data.size() == 3);
    CHECK((data[0].first == 0 && data[0].count == 1));
    CHECK((data[1].first == 255 && data[1].count == 2));
    CHECK((data[2].first == 768 && data[2].count == 1));
}

TEST_CASE("more subdirectories than a link count can tell are counted as one") {
    tree::Tree tree = test::tree_with_lost_found();
    for (int i = 0; i < 64998; ++i)
        tree.put(fmt::format("/many/{:05}", i), test::directory());
    const Plan plan = make_plan(tree, {});
    CHECK(planned(plan, "/many").links == 1);
    CHECK(planned(plan, "/").links == 4);
}
