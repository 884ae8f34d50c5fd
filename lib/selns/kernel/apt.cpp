#include "selns/kernel/apt.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/said.hpp"

#include <pwd.h>
#include <unistd.h>

#include <charconv>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr int most_hops = 3; // of metapackages
constexpr std::chrono::seconds update_limit{600};
constexpr std::chrono::seconds download_limit{3600};

// Where apt, as root, downloads with another user's rights.
void give_to_apt(const fs::path& directory) {
    const passwd* user = ::geteuid() == 0 ? ::getpwnam("_apt") : nullptr;
    // Without it apt works all the same, as root.
    if (user != nullptr && ::chown(directory.c_str(), user->pw_uid, user->pw_gid) != 0)
        return;
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// The lines of apt that tell why: those with E:, else the last ones.
std::string reason(const process::Result& result) {
    std::string errors;
    for (const std::string_view line : split(result.error_tail, '\n'))
        if (line.starts_with("E:"))
            errors += (errors.empty() ? "" : "\n") + printable(trim(line.substr(2)));
    return errors.empty() ? said(result.error_tail) : errors;
}

// "dlstatus:1:23.4567:Retrieving file 1 of 1 (8 s remaining)"
void show_status(std::string_view text, std::uint64_t size, progress::Step& step) {
    for (const std::string_view line : split(text, '\n')) {
        const auto fields = split(line, ':');
        if (fields.size() < 3 || fields[0] != "dlstatus")
            continue;
        const std::uint64_t percent = number(fields[2]);
        if (percent <= 100)
            step.advance(size / 100 * percent, size, "bytes");
    }
}

} // namespace

std::map<std::string, std::string, std::less<>> parse_stanza(std::string_view text) {
    std::map<std::string, std::string, std::less<>> fields;
    for (const std::string_view line : split(text, '\n')) {
        if (trim(line).empty()) {
            if (!fields.empty())
                break;
            continue;
        }
        const auto colon = line.find(':');
        if (line.front() != ' ' && line.front() != '\t' && colon != std::string_view::npos)
            fields.emplace(line.substr(0, colon), trim(line.substr(colon + 1)));
    }
    return fields;
}

std::optional<std::string> dependency(std::string_view depends, std::string_view prefix) {
    for (const std::string_view group : split(depends, ',')) {
        const auto words = split_words(trim(group));
        if (!words.empty() && words.front().starts_with(prefix))
            return std::string(words.front());
    }
    return std::nullopt;
}

Apt::Apt(process::Runner& runner, fs::path directory, const std::vector<std::string>& sources)
    : runner_(runner), directory_(std::move(directory)) {
    for (const char* name : {"cache/archives/partial", "lists/partial", "packages"}) {
        fs::create_directories(directory_ / name);
        give_to_apt(directory_ / name);
    }
    if (sources.empty())
        return;
    const fs::path list = directory_ / "sources.list";
    write_file(list, join(sources, "\n") + "\n");
    sources_options_ = {"-o", "Dir::Etc::SourceList=" + list.string(), "-o",
                        "Dir::Etc::SourceParts=-"};
}

process::Command Apt::command(std::vector<std::string> arguments) const {
    process::Command command;
    command.argv = {std::move(arguments.front()),
                    "-q",
                    "-o",
                    "Dir::Cache=" + (directory_ / "cache").string() + "/",
                    "-o",
                    "Dir::Cache::pkgcache=pkgcache.bin",
                    "-o",
                    "Dir::Cache::srcpkgcache=srcpkgcache.bin"};
    command.argv.insert(command.argv.end(), sources_options_.begin(), sources_options_.end());
    if (own_lists_)
        command.argv.insert(command.argv.end(),
                            {"-o", "Dir::State::lists=" + (directory_ / "lists").string() + "/"});
    command.argv.insert(command.argv.end(), arguments.begin() + 1, arguments.end());
    command.environment = {{"LC_ALL", "C"}};
    command.package = "apt";
    return command;
}

std::map<std::string, std::string, std::less<>> Apt::show(const std::string& package) {
    std::string output;
    process::Command ask = command({"apt-cache", "show", "--no-all-versions", "--", package});
    ask.on_output = [&output](std::string_view data) { output.append(data); };
    if (!runner_.run(ask).ok())
        return {};
    return parse_stanza(output);
}

std::optional<PackageFile> Apt::follow(std::string package, std::string_view prefix) {
    for (int hop = 0; hop < most_hops; ++hop) {
        auto fields = show(package);
        if (fields["Package"].empty() || fields["SHA256"].empty())
            return std::nullopt; // unknown, or known only because it is installed
        const auto next = dependency(fields["Depends"], prefix);
        if (!next)
            return PackageFile{fields["Package"], fields["Version"], fields["SHA256"],
                               number(fields["Size"])};
        package = *next;
    }
    return std::nullopt;
}

void Apt::refresh_lists(progress::Step& step) {
    step.detail("fetching package lists");
    own_lists_ = true;
    process::Command update = command({"apt-get", "update"});
    update.timeout = update_limit;
    const process::Result result = runner_.run(update);
    if (!result.ok())
        throw Error(ErrorKind::tool_failed, "apt-get update: the package sources of this host "
                                            "cannot be reached")
            .hint(reason(result));
}

PackageFile Apt::resolve(const std::string& package, std::string_view prefix, bool refresh,
                         progress::Step& step) {
    const bool fetch = refresh || !sources_options_.empty();
    if (fetch)
        refresh_lists(step);
    auto found = follow(package, prefix);
    if (!found && !fetch) {
        refresh_lists(step);
        found = follow(package, prefix);
    }
    if (!found && !sources_options_.empty())
        throw Error(ErrorKind::tool_failed, "the release has no package " + printable(package));
    if (!found)
        throw Error(ErrorKind::tool_failed,
                    "no package source of this host offers " + printable(package))
            .hint("`apt-cache policy " + package + "` tells what apt knows about it");
    return *found;
}

fs::path Apt::download(const PackageFile& package, progress::Step& step) {
    process::Command get = command({"apt-get", "-o", "APT::Status-Fd=1", "download", "--",
                                    package.name + "=" + package.version});
    get.directory = directory_ / "packages";
    get.timeout = download_limit;
    get.on_output = [&](std::string_view data) { show_status(data, package.size, step); };
    step.detail(package.identity());
    process::Result result = runner_.run(get);
    if (!result.ok() && !own_lists_) { // the lists may be older than what the archive has
        refresh_lists(step);
        get.argv = command({"apt-get", "-o", "APT::Status-Fd=1", "download", "--",
                            package.name + "=" + package.version})
                       .argv;
        result = runner_.run(get);
    }
    if (!result.ok())
        throw Error(ErrorKind::tool_failed, "cannot download " + package.identity())
            .hint(reason(result));
    for (const auto& file : fs::directory_iterator(directory_ / "packages"))
        if (file.is_regular_file() && sha256_file(file.path()) == package.sha256)
            return file.path();
    throw Error(ErrorKind::tool_failed, package.identity() + " is not what its archive says")
        .hint("expected a file with the SHA-256 " + package.sha256);
}

} // namespace selns::kernel
