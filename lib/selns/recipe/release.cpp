#include "selns/recipe/release.hpp"

#include "selns/base/text.hpp"
#include "selns/recipe/suggest.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

namespace selns::recipe {

namespace {

using ReleaseNames = std::vector<std::string>;

// Those of the time of SELinux, and those that are announced.
const std::map<std::string_view, ReleaseNames>& known_releases() {
    static const std::map<std::string_view, ReleaseNames> known = {
        {"debian", {"etch",    "lenny",     "squeeze",      "wheezy",       "jessie",
                    "stretch", "buster",    "bullseye",     "bookworm",     "trixie",
                    "forky",   "duke",      "sid",          "unstable",     "testing",
                    "stable",  "oldstable", "oldoldstable", "experimental", "rc-buggy"}},
        {"ubuntu",
         {"hardy",   "intrepid", "jaunty",  "karmic",   "lucid",    "maverick", "natty", "oneiric",
          "precise", "quantal",  "raring",  "saucy",    "trusty",   "utopic",   "vivid", "wily",
          "xenial",  "yakkety",  "zesty",   "artful",   "bionic",   "cosmic",   "disco", "eoan",
          "focal",   "groovy",   "hirsute", "impish",   "jammy",    "kinetic",  "lunar", "mantic",
          "noble",   "oracular", "plucky",  "questing", "resolute", "devel"}},
    };
    return known;
}

bool is_in(const ReleaseNames& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

} // namespace

std::string release_problem(const Source& source, const Release& release) {
    const auto known = known_releases().find(source.key);
    if (known == known_releases().end() || release.mirror || release.name.empty() ||
        is_in(known->second, release.name))
        return {};
    for (const auto& [key, names] : known_releases())
        if (is_in(names, release.name))
            return release.name + " is a release of " + std::string(recipe::source(key).words) +
                   ": from." + std::string(key);
    return std::string(source.words) + " has no release " + printable(release.name) +
           suggest(release.name, known->second) +
           "; one that is newer than this program needs its mirror";
}

std::string policy_problem(const Recipe& recipe) {
    const auto& policies = recipe.from.source().policies;
    const std::string& name = recipe.selinux.policy;
    const auto brings_policy = [](const Located<std::string>& package) {
        return package.value.starts_with("selinux-policy");
    };
    const bool brought = recipe.selinux.policy_from || !recipe.repositories.empty() ||
                         !recipe.local_packages.empty() || !recipe.files.empty() ||
                         !recipe.commands.empty() ||
                         std::ranges::any_of(recipe.packages, brings_policy);
    if (policies.empty() || brought || std::ranges::find(policies, name) != policies.end())
        return {};
    const std::vector<std::string> known(policies.begin(), policies.end());
    return std::string(recipe.from.source().words) + " has no policy " + printable(name) +
           suggest(name, known) + "; it has " + join(known, ", ");
}

} // namespace selns::recipe
