#include "selns/base/channel.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace selns;

TEST_CASE("channel: all items arrive in order, and no more wait than may") {
    Channel<std::string> channel(3);
    std::atomic<int> put = 0, taken = 0;
    std::atomic<int> most = 0;
    std::jthread writer([&] {
        for (int i = 0; i < 1000; ++i) {
            channel.put(std::to_string(i));
            most = std::max<int>(most, ++put - taken);
        }
        channel.close();
    });
    std::vector<std::string> items;
    while (auto item = channel.take()) {
        items.push_back(*item);
        ++taken;
    }
    REQUIRE(items.size() == 1000);
    for (int i = 0; i < 1000; ++i)
        CHECK(items[static_cast<std::size_t>(i)] == std::to_string(i));
    CHECK(most <= 4); // three, and the one that is just taken
    CHECK_FALSE(channel.take());
}

TEST_CASE("channel: a writer that waits learns that nobody reads") {
    Channel<int> channel(1);
    bool more = true;
    {
        const std::jthread writer([&] {
            while (more)
                more = channel.put(1);
        });
        CHECK(channel.take() == 1);
        channel.close();
    }
    CHECK_FALSE(more);
}
