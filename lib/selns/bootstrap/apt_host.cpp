#include "selns/bootstrap/apt_host.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>

namespace selns::bootstrap {

namespace {

constexpr std::size_t release_head = 8192;

// The first bytes of a file; empty when it cannot be read.
std::string head_of(const std::filesystem::path& file) {
    try {
        const Fd fd = open_read(file);
        std::string head(release_head, '\0');
        const ssize_t got = ::read(fd.get(), head.data(), head.size());
        head.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return head;
    } catch (const Error&) {
        return {};
    }
}

std::vector<AptSource> host_sources(const apt::Answers& apt) {
    auto sources = parse_print_uris(apt.output_of({"apt-get", "update", "--print-uris"}));
    for (AptSource& source : sources)
        if (!apt.lists().empty() && source.list.find('/') == source.list.npos)
            read_release(source, head_of(apt.lists() / source.list));
    return sources;
}

} // namespace

AptHost apt_host(const apt::Answers& apt, const AptArchives& archives) {
    AptHost host;
    host.architecture = trim(apt.output_of({"dpkg", "--print-architecture"}));
    host.tools = trim(
        apt.output_of({"dpkg-query", "-W", "-f", "${Package} ${Version} ", "mmdebstrap", "apt"}));
    if (host.tools.empty())
        host.tools = trim(apt.output_of({"mmdebstrap", "--version"}));
    host.sources = host_sources(apt);
    if (std::filesystem::exists(archives.keyring))
        host.keyring = archives.keyring;
    return host;
}

std::string proxy_configuration(std::string_view apt_config_dump) {
    static constexpr std::array<std::string_view, 4> groups = {
        "Acquire::http::", "Acquire::https::", "Acquire::Proxy", "Acquire::tor::"};
    std::string result;
    for (const std::string_view line : split(apt_config_dump, '\n')) {
        const auto name = line.substr(0, line.find(' '));
        for (const std::string_view group : groups)
            if (name.starts_with(group) && name.find("roxy") != name.npos && name != line)
                result += std::string(line) + "\n";
    }
    return result;
}

std::string apt_options(const std::string& proxy_configuration) {
    return "Acquire::Retries \"2\";\n"
           "Acquire::http::Timeout \"10\";\n"
           "Acquire::https::Timeout \"10\";\n" +
           proxy_configuration;
}

std::string host_apt_options(process::Runner& runner) {
    if (!runner.find("apt-config"))
        return apt_options("");
    return apt_options(proxy_configuration(
        process::output_of(runner, {.argv = {"apt-config", "dump"}, .package = "apt"})));
}

} // namespace selns::bootstrap
