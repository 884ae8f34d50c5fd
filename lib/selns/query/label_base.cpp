#include "selns/query/label_base.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/image/image.hpp"
#include "selns/label/apply.hpp"
#include "selns/policy/android.hpp"
#include "selns/policy/root_directory.hpp"
#include "selns/query/output_directory.hpp"

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

LabelBase::LabelBase(const std::filesystem::path& what, bool with_store)
    : disk_(std::filesystem::is_directory(what) ? std::optional<tree::Disk>(what) : std::nullopt),
      tree_(disk_ ? policy::read_root_directory(*disk_, with_store) : image::read(what)),
      place_(find_policy(tree_, what)),
      matcher_(
          label::read_specifications(tree_, place_.config + "/contexts", place_.split_contexts)),
      policy_(selinux::PolicyDb::read(tree_.read(place_.policy).value_or(""), place_.policy)) {}

} // namespace selns::query
