#include "selns/query/label_filter.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/query/label_base.hpp"

#include <algorithm>

namespace selns::query {

namespace {

std::string_view type_of(std::string_view context) {
    const auto fields = split(context, ':');
    return fields.size() > 2 ? fields[2] : std::string_view();
}

bool is_below(std::string_view path, std::string_view directory) {
    return directory == "/" || (path.starts_with(directory) &&
                                (path.size() == directory.size() || path[directory.size()] == '/'));
}

} // namespace

WantedLabels::WantedLabels(const LabelFilter& filter, const selinux::PolicyDb& policy)
    : types_(filter.types) {
    for (const std::string& path : filter.paths)
        places_.emplace_back().path = normal_path(path);
    for (const std::string& type : types_)
        if (!policy.has_type(type))
            throw Error(ErrorKind::invalid_input, "the policy has no type " + printable(type) +
                                                      did_you_mean(type, policy.types()));
}

bool WantedLabels::wants_path(std::string_view path) const {
    bool wanted = places_.empty();
    for (const Place& place : places_)
        if (is_below(path, place.path)) {
            place.met.store(true, std::memory_order_relaxed);
            wanted = true;
        }
    return wanted;
}

bool WantedLabels::wants_type(std::string_view context) const {
    return types_.empty() || std::ranges::find(types_, type_of(context)) != types_.end();
}

bool WantedLabels::leads_to_wanted(std::string_view path) const {
    return places_.empty() || std::ranges::any_of(places_, [&](const Place& place) {
               return is_below(path, place.path) || is_below(place.path, path);
           });
}

void WantedLabels::refuse_unmet() const {
    for (const Place& place : places_)
        if (!place.met)
            throw Error(ErrorKind::invalid_input, "no file " + printable(place.path) + " in it")
                .hint("paths are those that `label list` prints: they start at the root of the "
                      "image, and lead through no symlink");
}

} // namespace selns::query
