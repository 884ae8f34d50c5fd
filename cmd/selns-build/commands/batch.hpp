#pragma once

#include "selns-build/look.hpp"
#include "selns/recipe/recipe.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace selns::cmd {

struct Session;

// One of the recipes of a run.
struct Job {
    enum class State { waiting, built, up_to_date, failed };

    std::filesystem::path file;
    std::filesystem::path output;
    recipe::Recipe recipe = {};
    State state = State::waiting;
};

// Reads all recipes before any is built, so that a mistake in the last one shows at once, and
// chooses each one's output. Two recipes with one output are a usage Error. Those that cannot be
// read are reported and failed. Returns the status of the first failure, or 0.
int load_jobs(std::vector<Job>& jobs, const std::vector<recipe::Override>& overrides,
              const std::filesystem::path& output, Session& session);

// Runs WORK for the jobs that wait, in their order, and sets their states; the first failure ends
// it unless KEEP_GOING, an interrupt always. Returns the status of the first failure, or 0.
int run_jobs(std::vector<Job>& jobs, bool keep_going, Session& session,
             const std::function<Job::State(Job&)>& work);

// What became of each, when there is more than one.
std::string batch_text(const std::vector<Job>& jobs, const Look& look);

} // namespace selns::cmd
