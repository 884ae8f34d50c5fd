#include "selns/tree/directory.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <thread>

using namespace selns::tree;

namespace {

std::vector<std::pair<std::string, InodeId>> listed(const Directory& directory) {
    std::vector<std::pair<std::string, InodeId>> all;
    for (const Name& name : directory.names())
        all.emplace_back(name.name, name.inode);
    return all;
}

} // namespace

TEST_CASE("a directory holds what a sorted map would, in any order of changes") {
    for (std::uint32_t seed = 0; seed < 10; ++seed) {
        std::mt19937 random(seed);
        Directory directory;
        std::map<std::string, InodeId> oracle;
        for (int step = 0; step < 3000; ++step) {
            const std::string name = std::to_string(random() % 700);
            const InodeId inode = static_cast<InodeId>(step);
            switch (random() % 8) {
            case 0:
                directory.erase(name);
                oracle.erase(name);
                break;
            case 1: {
                const auto found = directory.find(name);
                const auto expected = oracle.find(name);
                REQUIRE(found.has_value() == (expected != oracle.end()));
                REQUIRE((!found || *found == expected->second));
                break;
            }
            case 2:
                if (random() % 20 == 0)
                    REQUIRE(directory.names().size() == oracle.size());
                break;
            default:
                directory.set(name, inode);
                oracle[name] = inode;
            }
        }
        CHECK(listed(directory) ==
              std::vector<std::pair<std::string, InodeId>>(oracle.begin(), oracle.end()));
        CHECK(listed(Directory(directory)) == listed(directory));
        CHECK(directory.empty() == oracle.empty());
    }
}

TEST_CASE("many names in the worst order do not take quadratic time") {
    Directory directory;
    const InodeId count = 50'000;
    for (InodeId i = count; i-- > 0;)
        directory.set(std::to_string(1'000'000 + i), i);
    REQUIRE(directory.names().size() == count);
    CHECK(directory.names().front().inode == 0);
    CHECK(directory.names().back().inode == count - 1);
}

TEST_CASE("a directory can be read from several threads before its names are merged") {
    Directory directory;
    for (InodeId i = 100; i-- > 0;)
        directory.set(std::to_string(i), i);
    std::vector<std::thread> threads;
    std::atomic<int> found = 0;
    for (int thread = 0; thread < 4; ++thread)
        threads.emplace_back([&] {
            for (InodeId i = 0; i < 100; ++i)
                found += directory.find(std::to_string(i)) == i ? 1 : 0;
            found += static_cast<int>(directory.names().size());
        });
    for (std::thread& thread : threads)
        thread.join();
    CHECK(found == 4 * 200);
}
