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
        {"archive", "archive", SourceKind::archive, {}, {}, {}},
        {"oci", "OCI image", SourceKind::oci, {}, {}, {}},
        {"directory", "directory", SourceKind::directory, {}, {}, {}},
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

namespace {

// What follows the source's name: "bookworm", "rootfs.tar.xz".
struct Name {
    std::string operator()(const Apt& apt) const { return apt.release; }
    std::string operator()(const RootArchive& archive) const {
        return archive.url ? archive.url->substr(archive.url->rfind('/') + 1)
                           : archive.file.value.filename().string();
    }
    std::string operator()(const OciImage& image) const {
        return image.path.value.filename().string() + (image.ref ? " " + *image.ref : "");
    }
    std::string operator()(const RootDirectory& root) const {
        return root.path.value.filename().string();
    }
};

struct Facts {
    std::string prefix;

    std::vector<Fact> operator()(const Apt& apt) const {
        std::vector<Fact> facts = {
            {"release", apt.release, prefix + "release"},
            {"mirror", apt.mirror.value_or("this host's apt sources"), prefix + "mirror"},
            {"components", join(apt.components, " "), prefix + "components"}};
        if (apt.key)
            facts.push_back({"key", apt.key->value.string(), prefix + "key"});
        return facts;
    }
    std::vector<Fact> operator()(const RootArchive& archive) const {
        std::vector<Fact> facts = {
            {"file", archive.url.value_or(archive.file.value.string()), prefix + "file"}};
        if (archive.sha256)
            facts.push_back({"sha256", *archive.sha256, prefix + "sha256"});
        return facts;
    }
    std::vector<Fact> operator()(const OciImage& image) const {
        return {{"path", image.path.value.string(), prefix + "path"},
                {"ref", image.ref.value_or("the only one"), prefix + "ref"},
                {"platform", image.platform.value_or("this machine's"), prefix + "platform"}};
    }
    std::vector<Fact> operator()(const RootDirectory& root) const {
        return {{"path", root.path.value.string(), prefix + "path"}};
    }
};

} // namespace

std::string name_of(const From& from) {
    return std::visit(Name{}, from.what);
}

std::string describe(const From& from) {
    return std::string(from.source().words) + " " + name_of(from);
}

std::vector<Fact> facts(const From& from) {
    return std::visit(Facts{"from." + from.key + "."}, from.what);
}

} // namespace selns::recipe
