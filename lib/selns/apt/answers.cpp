#include "selns/apt/answers.hpp"

#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace selns::apt {

namespace {

namespace fs = std::filesystem;

constexpr const char* kind = "apt-answer";
constexpr const char* answer_name = "answer";

void add_file(Fingerprint& state, const fs::path& file) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) == 0)
        state.add(file.string(), fmt::format("{} {} {}.{} {}.{}", status.st_ino, status.st_size,
                                             status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
                                             status.st_ctim.tv_sec, status.st_ctim.tv_nsec));
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

// The second tells apt's own version.
constexpr std::array<const char*, 2> usual_places = {"/etc/apt", "/var/lib/dpkg/status"};

// What decides about where apt keeps everything else.
std::string state_of_configuration(const process::Runner& runner) {
    static constexpr std::array<const char*, 5> programs = {"apt-config", "apt-get", "dpkg",
                                                            "dpkg-query", "mmdebstrap"};
    Fingerprint state("apt configuration");
    for (const char* program : programs) {
        const auto file = runner.find(program);
        state.add(program);
        if (file)
            add_file(state, *file);
    }
    for (const char* place : usual_places)
        add(state, place);
    return state.hex();
}

// "LISTS='/var/lib/apt/lists/'"
fs::path quoted(std::string_view line) {
    const std::size_t begin = line.find('\'');
    const std::size_t end = line.rfind('\'');
    return begin < end ? line.substr(begin + 1, end - begin - 1) : std::string_view();
}

} // namespace

Answers::Answers(const cache::Store& store, process::Runner& runner)
    : store_(store), runner_(runner), state_(state_of_configuration(runner)) {
    Fingerprint state(state_);
    const std::string said = output_of({"apt-config", "shell", "LISTS", "Dir::State::lists/d",
                                        "ETC", "Dir::Etc/d", "STATUS", "Dir::State::status/f"});
    for (const std::string_view line : split(said, '\n')) {
        const fs::path place = quoted(line);
        if (line.starts_with("LISTS="))
            lists_ = place;
        const auto known = [&](const char* usual) {
            return place == usual || place == std::string(usual) + "/";
        };
        if (!place.empty() && std::ranges::none_of(usual_places, known))
            add(state, place);
    }
    state_ = state.hex();
}

std::string Answers::get(const std::string& question, const std::function<Answer()>& ask) const {
    // A configuration from elsewhere may name further files.
    if (std::getenv("APT_CONFIG") != nullptr)
        return ask().text;
    const cache::Inputs inputs = {{"question", question}, {"apt", state_}};
    const std::string key = cache::key_of(kind, inputs);
    if (const auto known = store_.find(kind, key))
        return read_file(known->directory / answer_name);
    const Answer answer = ask();
    if (answer.lasting)
        store_.make(kind, key, {question, inputs}, [&](const fs::path& staging) {
            write_file(staging / answer_name, answer.text);
        });
    return answer.text;
}

std::string Answers::output_of(const std::vector<std::string>& argv) const {
    return get(join(argv, " "), [&]() -> Answer {
        if (!runner_.find(argv.front()))
            return {};
        Answer answer;
        process::Command command;
        command.argv = argv;
        command.environment = {{"LC_ALL", "C"}};
        command.on_output = [&](std::string_view data) { answer.text.append(data); };
        if (!runner_.run(command).ok())
            return {"", false};
        return answer;
    });
}

} // namespace selns::apt
