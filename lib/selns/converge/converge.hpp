#pragma once

#include "selns/boot/gap.hpp"
#include "selns/converge/obstacle.hpp"
#include "selns/pipeline/boot.hpp"
#include "selns/pipeline/pipeline.hpp"

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Build, boot, learn, build again, until the image boots enforcing without a denial.
namespace selns::converge {

struct Options {
    std::filesystem::path output;    // of the image that is made at the end
    std::string kernel;              // empty: the recipe's
    unsigned most_rounds = 8;        // boots
    std::chrono::seconds limit{300}; // of a boot, see boot::RunOptions
    std::chrono::seconds quiet{5};
    bool show_dontaudit = false;            // boots show what dontaudit rules hide
    std::optional<bool> own_namespace = {}; // see pipeline::BootRequest; nothing: the recipe's
};

// One boot and what it taught.
struct Round {
    unsigned number = 0;
    bool enforcing = false;
    std::optional<boot::SelinuxNamespace> selinux_namespace; // see boot::Observation
    std::chrono::milliseconds target{0};                     // how long the boot took up to there
    std::uint64_t records = 0;                               // denials
    std::uint64_t unique = 0;
    std::vector<std::string> added;  // rules, in CIL
    std::vector<std::string> hidden; // accesses that a dontaudit rule would have kept quiet
    std::vector<Obstacle> obstacles;
    std::vector<std::string> failed_units;
    std::vector<std::string> failed_access; // see boot::Observation
    std::vector<boot::Gap> gaps;            // none: all its denials were seen
};

enum class Outcome {
    converged,
    not_known, // no denial was seen in the enforcing boot, which need not be all
    failed,
};

std::string_view name_of(Outcome outcome); // "not known"

struct Result {
    std::string name;
    Outcome outcome = Outcome::failed;
    bool converged() const { return outcome == Outcome::converged; }
    // Why it did not, in one line.
    std::string failure;
    std::vector<boot::Gap> gaps; // why it is not known
    std::vector<Round> rounds;
    std::vector<std::string> opened; // all rules of the module that were not there before
    std::vector<std::string> hidden; // of all rounds
    // Of the last enforcing boot, without what was refused in permissive ones, too.
    std::vector<std::string> failed_access;
    std::vector<Obstacle> obstacles;    // what stands in the way
    std::filesystem::path module;       // written when there is a rule in it
    std::filesystem::path report;       // the same facts, as JSON
    std::filesystem::path output;       // of the image, when it converged
    std::string begun;                  // when, in UTC: "2026-11-30T09:00:00Z"
    std::vector<std::string> to_change; // lines for the recipe, which is not written
    bool continued = false;             // an interrupted run was taken on
    std::chrono::milliseconds elapsed{0};
};

// Never writes the recipe. What it knows is kept in OUTPUT/NAME.converge, so that an interrupted
// run goes on where it was; so does one after a boot of which not all was known. That it does not
// converge is a result; an Error is thrown for what
// keeps it from being tried, a boot that fails among it.
Result converge(const recipe::Recipe& recipe, const Options& options, const Context& context);

} // namespace selns::converge
