#pragma once

#include "support/fake_policy.hpp"

#include <random>
#include <string>

namespace selns::test {

// A log of COUNT denials among the names of small_policy() and some that it does not have; events
// repeat now and then. The same SEED gives the same log.
inline std::string generate_log(unsigned seed, int count) {
    std::mt19937 random(seed);
    const auto pick = [&](const std::vector<std::string>& words) {
        return words[random() % words.size()];
    };
    const std::vector<std::string> types = {"a_t", "b_t", "c_t", "d_t",
                                            "e_t", "f_t", "x_t", "unlabeled_t"};
    std::string log;
    for (int i = 0; i < count; ++i) {
        if (random() % 8 == 0)
            log += "type=SYSCALL msg=audit(1700000000.000:1): arch=c000003e syscall=257\n";
        const std::string tclass = pick({"file", "dir", "process", "zzz"});
        std::string permissions;
        for (std::size_t n = 1 + random() % 3; n > 0; --n)
            permissions +=
                pick({"append", "open", "read", "write", "search", "signal", "nope"}) + " ";
        const std::string serial = std::to_string(random() % 1000);
        log +=
            (random() % 2 == 0 ? "audit: type=1400 audit(1700000000." : "type=AVC msg=audit(17.") +
            std::to_string(100 + random() % 3) + ":" + serial + "): avc:  denied  { " +
            permissions + "} for  pid=" + serial + " comm=\"c" + serial +
            "\" scontext=" + process_context(pick(types)) +
            " tcontext=" + object_context(pick(types)) + " tclass=" + tclass + " permissive=1\n";
    }
    return log;
}

} // namespace selns::test
