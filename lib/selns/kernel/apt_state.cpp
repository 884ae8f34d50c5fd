#include "selns/kernel/apt_state.hpp"

#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <vector>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

void add_file(Fingerprint& state, const fs::path& file) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) == 0)
        state.add(file.string(), fmt::format("{} {} {}.{}", status.st_ino, status.st_size,
                                             status.st_mtim.tv_sec, status.st_mtim.tv_nsec));
}

// FILE, or the files below it.
void add(Fingerprint& state, const fs::path& file) {
    std::error_code failed;
    std::vector<fs::path> files = {file};
    for (fs::recursive_directory_iterator at(file, failed), end; !failed && at != end;
         at.increment(failed))
        files.push_back(at->path());
    std::ranges::sort(files);
    for (const fs::path& each : files)
        add_file(state, each);
}

} // namespace

std::string apt_state(process::Runner& runner) {
    // LISTS='/var/lib/apt/lists/'
    std::string said;
    process::Command ask;
    ask.argv = {"apt-config", "shell",      "LISTS",  "Dir::State::lists/d",
                "ETC",        "Dir::Etc/d", "STATUS", "Dir::State::status/f"};
    ask.environment = {{"LC_ALL", "C"}};
    ask.package = "apt";
    ask.on_output = [&said](std::string_view data) { said.append(data); };
    runner.run(ask);
    Fingerprint state("apt");
    state.add(said);
    for (const std::string_view line : split(said, '\n')) {
        const std::size_t begin = line.find('\'');
        const std::size_t end = line.rfind('\'');
        if (begin < end)
            add(state, fs::path(line.substr(begin + 1, end - begin - 1)));
    }
    return state.hex();
}

} // namespace selns::kernel
