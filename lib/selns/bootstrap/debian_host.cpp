#include "selns/bootstrap/debian_host.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>

namespace selns::bootstrap {

namespace {

constexpr const char* archive_keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";
constexpr std::size_t release_head = 8192;

// Empty when the program is missing or fails: the host is no Debian then.
std::string ask(process::Runner& runner, std::vector<std::string> argv) {
    std::string output;
    if (!runner.find(argv.front()))
        return output;
    process::Command command;
    command.argv = std::move(argv);
    command.environment = {{"LC_ALL", "C"}};
    command.on_output = [&output](std::string_view data) { output.append(data); };
    return runner.run(command).ok() ? output : std::string();
}

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

// "LISTS='/var/lib/apt/lists/'"
std::filesystem::path lists_directory(process::Runner& runner) {
    const std::string output = ask(runner, {"apt-config", "shell", "LISTS", "Dir::State::lists/d"});
    const std::size_t from = output.find('\'');
    const std::size_t to = output.rfind('\'');
    return from < to && to != output.npos ? output.substr(from + 1, to - from - 1) : std::string();
}

std::vector<AptSource> apt_sources(process::Runner& runner) {
    auto sources = parse_print_uris(ask(runner, {"apt-get", "update", "--print-uris"}));
    const auto lists = sources.empty() ? std::filesystem::path() : lists_directory(runner);
    for (AptSource& source : sources)
        if (!lists.empty() && source.list.find('/') == source.list.npos)
            read_release(source, head_of(lists / source.list));
    return sources;
}

} // namespace

DebianHost debian_host(process::Runner& runner) {
    DebianHost host;
    host.architecture = trim(ask(runner, {"dpkg", "--print-architecture"}));
    host.tools = trim(
        ask(runner, {"dpkg-query", "-W", "-f", "${Package} ${Version} ", "mmdebstrap", "apt"}));
    if (host.tools.empty())
        host.tools = trim(ask(runner, {"mmdebstrap", "--version"}));
    host.sources = apt_sources(runner);
    if (std::filesystem::exists(archive_keyring))
        host.keyring = archive_keyring;
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

} // namespace selns::bootstrap
