#include "selns/bootstrap/dnf_repositories.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace selns::bootstrap {

namespace {

constexpr std::array<std::string_view, 7> kept = {"name",  "baseurl",   "mirrorlist", "metalink",
                                                  "proxy", "sslverify", "sslcacert"};

std::string value_of(const DnfRepository& repository, std::string_view option) {
    for (const auto& [name, value] : repository.options)
        if (name == option)
            return value;
    return {};
}

const DnfRepository* host_repository(const std::vector<DnfRepository>& host,
                                     const DnfRelease& release, const DnfChannel& channel) {
    const auto found = std::ranges::find_if(host, [&](const DnfRepository& repository) {
        return repository.id == channel.id &&
               value_of(repository, "name").starts_with(release.brand);
    });
    return found != host.end() ? &*found : nullptr;
}

std::vector<DnfRepository> from_host(const DnfRelease& release,
                                     const std::vector<DnfRepository>& host) {
    std::vector<DnfRepository> result;
    for (const DnfChannel& channel : release.channels) {
        const DnfRepository* own = host_repository(host, release, channel);
        if (own == nullptr)
            return {};
        result.push_back(*own);
    }
    return result;
}

} // namespace

std::vector<DnfRepository> parse_repositories(std::string_view text) {
    std::vector<DnfRepository> result;
    bool continued = false; // the last option is one that is kept
    for (const std::string_view line : split(text, '\n')) {
        const auto words = trim(line);
        if (words.empty() || words.starts_with('#') || words.starts_with(';'))
            continue;
        if (line.starts_with('[') && words.ends_with(']')) {
            result.push_back({std::string(words.substr(1, words.size() - 2)), {}});
            continued = false;
        } else if ((line.front() == ' ' || line.front() == '\t') && continued) {
            result.back().options.back().second += " " + std::string(words);
        } else if (const auto equals = words.find('='); equals != words.npos && !result.empty()) {
            const auto name = trim(words.substr(0, equals));
            continued = std::ranges::find(kept, name) != kept.end();
            if (continued)
                result.back().options.emplace_back(name, trim(words.substr(equals + 1)));
        }
    }
    return result;
}

std::vector<DnfRepository> release_repositories(const DnfRelease& release,
                                                const std::optional<std::string>& mirror,
                                                const std::vector<DnfRepository>& host) {
    if (!mirror)
        if (auto own = from_host(release, host); !own.empty())
            return own;
    std::vector<DnfRepository> result;
    for (const DnfChannel& channel : release.channels) {
        DnfRepository repository{channel.id, {{"name", release.words + " - " + channel.id}}};
        if (mirror) {
            const bool slash = mirror->ends_with('/');
            repository.options.emplace_back("baseurl",
                                            *mirror + (slash ? "" : "/") + channel.folder);
        } else {
            const std::size_t equals = channel.index.find('=');
            repository.options.emplace_back(channel.index.substr(0, equals),
                                            channel.index.substr(equals + 1));
        }
        result.push_back(std::move(repository));
    }
    return result;
}

std::string repository_section(const DnfRepository& repository, std::string_view key_uri) {
    std::string text = fmt::format("[{}]\n", repository.id);
    for (const auto& [name, value] : repository.options)
        text += fmt::format("{}={}\n", name, value);
    return text + fmt::format("enabled=1\ngpgcheck=1\ngpgkey={}\n", key_uri);
}

std::string file_uri(std::string_view path) {
    std::string uri = "file://";
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= 'a' && byte <= 'z') ||
                           std::string_view("/._-~").find(c) != std::string_view::npos;
        uri += plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
    }
    return uri;
}

} // namespace selns::bootstrap
