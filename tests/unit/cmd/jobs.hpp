#pragma once

#include "selns-build/commands/batch.hpp"

#include <string>
#include <vector>

namespace selns::test {

// A job for each of NAMES, none begun.
inline std::vector<cmd::Job> waiting(const std::vector<std::string>& names) {
    std::vector<cmd::Job> jobs;
    for (const std::string& name : names) {
        cmd::Job job{.file = name + ".yaml", .output = "out/" + name};
        job.recipe.name = name;
        jobs.push_back(job);
    }
    return jobs;
}

} // namespace selns::test
