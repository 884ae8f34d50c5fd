#pragma once

#include "selns/log/denial.hpp"
#include "selns/verdict/findings.hpp"
#include "selns/verdict/policy.hpp"

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace selns::verdict {

// Types of their own for what is labelled as everybody's files are, or not at all, and only one
// domain was denied: a rule on such a type opens nothing else.
class OwnTypes {
  public:
    // All of them outlive it. FINDINGS are of DENIALS.
    OwnTypes(const std::vector<Finding>& findings, std::span<const log::Denial> denials,
             const Policy& policy);

    // Adds such a type's file contexts and statements to FINDING, where one would help.
    void offer(Finding& finding) const;

  private:
    // Where files of one program are: a directory with all that is in it, or a file.
    struct Place {
        std::string path;
        bool below = false; // and what is in it
        auto operator<=>(const Place&) const = default;
    };

    // More than that nobody reads, and each is held against all specifications.
    static constexpr std::size_t most_places = 1000;

    bool is_unlabelled(const Finding& finding) const;
    bool is_wanted(const Finding& finding) const;
    std::set<Place> places_of(const Finding& finding) const;
    Place place_of(const std::string& object, const Finding& finding) const;
    bool is_labelled_below(const std::string& path) const;
    std::string name_for(const Finding& finding, const std::string& path, bool alone) const;
    std::string context_with(const std::string& type, const std::string& target) const;
    void declare(Finding& finding, const std::string& type) const;

    const Policy& policy_;
    std::map<std::string, std::set<std::string>, std::less<>> sources_; // by path of a Place
    std::map<std::string_view, std::string_view> contexts_;             // by target type
    mutable std::map<std::string, bool> labelled_below_;                // what was asked before
};

} // namespace selns::verdict
