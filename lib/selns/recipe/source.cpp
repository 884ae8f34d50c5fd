#include "selns/recipe/source.hpp"

#include "selns/base/text.hpp"
#include "selns/recipe/recipe.hpp"

#include <algorithm>
#include <stdexcept>

namespace selns::recipe {

const std::vector<Source>& sources() {
    constexpr std::string_view codename = "^[a-z][a-z0-9-]*$";
    using Kind = SourceKind;
    static const std::vector<Source> all = {
        {"debian", "Debian", Kind::apt, "bookworm", codename, {"main"}, {"default", "mls"}},
        {"ubuntu",
         "Ubuntu",
         Kind::apt,
         "noble",
         codename,
         {"main", "universe"},
         {"default", "mls"}},
        {"fedora",
         "Fedora",
         Kind::dnf,
         "43",
         "^(3[6-9]|[4-9][0-9]|rawhide)$",
         {},
         {"targeted", "minimum", "mls"}},
        {"rocky",
         "Rocky Linux",
         Kind::dnf,
         "9",
         "^(8|9|10)(\\.[0-9]{1,2})?$",
         {},
         {"targeted", "minimum", "mls"}},
        {"archive", "archive", Kind::archive, {}, {}, {}, {}},
        {"oci", "OCI image", Kind::oci, {}, {}, {}, {}},
        {"directory", "directory", Kind::directory, {}, {}, {}, {}},
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

std::string_view maker(const Source& source) {
    switch (source.kind) {
    case SourceKind::apt:
        return "mmdebstrap";
    case SourceKind::dnf:
        return "dnf";
    case SourceKind::archive:
    case SourceKind::oci:
    case SourceKind::directory:
        break;
    }
    return {};
}

namespace {

// What follows the source's name: "bookworm", "rootfs.tar.xz".
struct Name {
    std::string operator()(const Release& release) const { return release.name; }
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
    const Source& source;
    std::string prefix;

    std::vector<Fact> operator()(const Release& release) const {
        const bool apt = source.kind == SourceKind::apt;
        std::vector<Fact> facts = {
            {"release", release.name, prefix + "release"},
            {"mirror",
             release.mirror.value_or(
                 apt ? "this host's apt sources"
                     : "this host's dnf repositories, or the release's own mirrors"),
             prefix + "mirror"}};
        if (apt)
            facts.push_back({"components", join(release.components, " "), prefix + "components"});
        if (release.key)
            facts.push_back({"key", release.key->value.string(), prefix + "key"});
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
    return std::visit(Facts{from.source(), "from." + from.key + "."}, from.what);
}

} // namespace selns::recipe
