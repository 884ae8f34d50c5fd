#include "selns/query/label_base.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/label/apply.hpp"
#include "selns/policy/android.hpp"
#include "selns/policy/root_directory.hpp"
#include "selns/query/output_directory.hpp"
#include "selns/query/read_image.hpp"

#include <future>
#include <utility>

namespace selns::query {

namespace {

policy::Place find_policy(const tree::Tree& tree, const std::filesystem::path& what) {
    const auto config = policy::read_config(tree);
    if (!config && policy::is_android(tree))
        return policy::find_android(tree);
    if (!config)
        throw no_policy_in(what);
    try {
        return policy::find_policy(tree, config->type);
    } catch (Error& error) {
        throw error.at({printable(what.string())});
    }
}

} // namespace

std::string normal_path(std::string_view text) {
    std::string path;
    for (const std::string_view part : split(text, '/'))
        if (!part.empty() && part != ".")
            path.append("/").append(part);
    return path.empty() ? "/" : path;
}

// Both at the same time: each takes some milliseconds.
LabelBase::Rules LabelBase::open(const tree::Tree& tree, const policy::Place& place) {
    auto db = std::async(std::launch::async, [&] {
        return selinux::PolicyDb::read(tree.read(place.policy).value_or(""), place.policy);
    });
    label::Matcher matcher(
        label::read_specifications(tree, place.config + "/contexts", place.split_contexts));
    return {std::move(matcher), db.get()};
}

LabelBase::LabelBase(const std::filesystem::path& what, const cache::Store* store, bool with_store)
    : disk_(std::filesystem::is_directory(what) ? std::optional<tree::Disk>(what) : std::nullopt),
      tree_(disk_ ? policy::read_root_directory(*disk_, with_store) : read_image(what, store)),
      place_(find_policy(tree_, what)), rules_(open(tree_, place_)) {}

} // namespace selns::query
