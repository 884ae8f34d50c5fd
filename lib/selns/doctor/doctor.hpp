#pragma once

#include "selns/base/context.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/cache/store.hpp"
#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"
#include "selns/recipe/recipe.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace selns::doctor {

enum class State { no, unknown, yes };
const char* name_of(State state); // "no", "unknown", "yes"

// What a part of selns-build can do on this host.
struct Finding {
    std::string group; // "bootstrap"
    std::string name;  // "debian"
    State works = State::no;
    std::string detail;  // how, or why not; may be empty
    std::string fix;     // of a no: the command that helps, or what has to be done; may be empty
    bool needed = false; // by the recipe
};

// What tells about a host; tests have another one.
struct Host {
    std::filesystem::path root = "/"; // where /proc, /sys, /etc and /dev are looked for
    unsigned user = 0;                // the effective user's id
    std::string user_name;            // as in /etc/subuid; empty: not known
    bool sandbox = false;             // policy work can have its namespaces
};
// Of this process. Must be called while it has one thread.
Host this_host(const Interrupt& interrupt);

// Each thing that selns-build can do at all, and whether it can here. RECIPE, when there is one,
// marks what its build and its launch mode need.
std::vector<Finding> examine(const Host& host, const recipe::Recipe* recipe,
                             const Context& context);

// Whether something that the recipe needs is missing.
bool is_missing(const std::vector<Finding>& findings);

} // namespace selns::doctor
