#include "selns/recipe/source.hpp"

#include "selns/base/text.hpp"
#include "selns/recipe/recipe.hpp"

#include <algorithm>
#include <stdexcept>

namespace selns::recipe {

const std::vector<Source>& sources() {
    static const std::vector<Source> all = {
        {"debian", "Debian", SourceKind::apt, "bookworm", {"main"}, {"default", "mls"}},
        {"ubuntu", "Ubuntu", SourceKind::apt, "noble", {"main", "universe"}, {"default", "mls"}},
    };
    return all;
}

const Source& source(std::string_view key) {
    const auto found = std::ranges::find(sources(), key, &Source::key);
    if (found == sources().end())
        throw std::logic_error("no source " + std::string(key));
    return *found;
}

std::optional<std::string> policy_package(const Source& source, const std::string& selinux_type) {
    if (std::ranges::find(source.policies, selinux_type) == source.policies.end())
        return std::nullopt;
    return "selinux-policy-" + selinux_type;
}

std::string describe(const From& from) {
    return std::string(from.source().words) + " " + from.apt().release;
}

std::vector<Fact> facts(const From& from) {
    const std::string prefix = "from." + from.key + ".";
    const Apt& apt = from.apt();
    std::vector<Fact> facts = {
        {"release", apt.release, prefix + "release"},
        {"mirror", apt.mirror.value_or("this host's apt sources"), prefix + "mirror"},
        {"components", join(apt.components, " "), prefix + "components"}};
    if (apt.key)
        facts.push_back({"key", apt.key->value.string(), prefix + "key"});
    return facts;
}

} // namespace selns::recipe
