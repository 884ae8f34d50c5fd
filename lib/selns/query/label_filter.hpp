#pragma once

#include "selns/query/labels.hpp"
#include "selns/selinux/policydb.hpp"

#include <atomic>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace selns::query {

// Answers what a LabelFilter wants, and whether it got something. Safe to use from several threads.
class WantedLabels {
  public:
    // An invalid_input Error for a type that POLICY does not define.
    WantedLabels(const LabelFilter& filter, const selinux::PolicyDb& policy);

    bool everything() const { return types_.empty() && places_.empty(); }
    bool wants(std::string_view path, std::string_view context) const {
        return wants_path(path) && wants_type(context);
    }
    // Whether what is wanted may be at or below PATH.
    bool leads_to_wanted(std::string_view path) const;

    // An invalid_input Error for a path that wants() was never asked about.
    void refuse_unmet() const;

  private:
    struct Place {
        std::string path;
        mutable std::atomic<bool> met = false;
    };
    bool wants_path(std::string_view path) const;
    bool wants_type(std::string_view context) const;

    std::vector<std::string> types_;
    std::deque<Place> places_;
};

} // namespace selns::query
