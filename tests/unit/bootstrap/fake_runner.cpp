#include "fake_runner.hpp"

#include "selns/base/text.hpp"

#include <algorithm>
#include <map>

namespace selns::test {

namespace {

const std::map<std::string, std::string> answers = {
    {"dpkg", "amd64\n"},
    {"dpkg-query", "mmdebstrap 1.3.5-7 apt 2.6.1 "},
    {"apt-get",
     "'http://mirror.example/debian/dists/bookworm/InRelease' no_list 0 \n"
     "'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' x 0\n"},
    {"apt-config", "Acquire::http::Proxy \"http://proxy.example:3128\";\n"}};

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

} // namespace

process::Result FakeRunner::run(const process::Command& command) {
    const auto& argv = command.argv;
    if (const auto answer = answers.find(argv[0]); answer != answers.end() && command.on_output)
        command.on_output(answer->second);
    if (contains(failing, argv[0])) {
        process::Result failed;
        failed.exit_code = 2;
        failed.error_tail = argv[0] + ": error\n";
        return failed;
    }
    if (!contains(argv, "/usr/bin/mmdebstrap"))
        return {};
    runs.push_back(argv);
    const bool simulate = contains(argv, "--simulate");
    if (!simulate && on_build)
        on_build(*(std::find(argv.rbegin(), argv.rend(), "--") - 2)); // behind the release
    for (const std::string_view line : split(simulate ? simulation : errors, '\n'))
        command.on_error_line(line);
    process::Result result;
    result.exit_code = exit_code;
    return result;
}

std::optional<std::filesystem::path> FakeRunner::find(const std::string& program) const {
    if (contains(missing, program))
        return std::nullopt;
    return std::filesystem::path("/usr/bin") / program;
}

} // namespace selns::test
