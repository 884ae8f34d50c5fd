#include "selns/bootstrap/mmdebstrap.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/tree/archive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace selns::bootstrap {

namespace {

using Reach = cache::RunDirectory::Reach;

// Only what is named here reaches package scripts and commands.
std::vector<std::string> environment(const std::filesystem::path& temporary,
                                     std::optional<std::int64_t> epoch) {
    std::vector<std::string> result = {
        "env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/root", "TMPDIR=" + temporary.string()};
    for (const std::string name :
         {"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy", "HTTP_PROXY",
          "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY"})
        if (const char* value = std::getenv(name.c_str()))
            result.push_back(name + "=" + value);
    if (epoch)
        result.push_back("SOURCE_DATE_EPOCH=" + std::to_string(*epoch));
    return result;
}

std::string installed(process::Runner& runner) {
    if (const auto program = runner.find("mmdebstrap"))
        return program->string();
    throw Error(ErrorKind::tool_failed, "mmdebstrap is not installed")
        .hint("apt-get install mmdebstrap");
}

// apt would find out only after minutes; dnf says so at once.
void check_package(process::Runner& runner, const recipe::Located<recipe::Path>& package) {
    if (package.value.extension() != ".deb")
        return;
    process::Command command;
    command.argv = {"dpkg-deb", "--field", package.value.string(), "Package", "Version"};
    command.package = "dpkg";
    const process::Result result = runner.run(command);
    if (!result.ok())
        throw Error(ErrorKind::invalid_input, package.value.string() + " is not a Debian package")
            .at(package.at)
            .hint(printable(trim(result.error_tail)));
}

} // namespace

Isolation isolation_of(process::Runner& runner) {
    if (::geteuid() != 0)
        return {};
    for (const char* propagation : {"private", "unchanged"}) {
        const std::vector<std::string> prefix = {"unshare", "--mount", "--propagation", propagation,
                                                 "--"};
        process::Command probe;
        probe.argv = prefix;
        probe.argv.emplace_back("true");
        probe.package = "util-linux";
        if (runner.run(probe).ok())
            return {Mode::unshare, prefix};
    }
    return {Mode::root, {}};
}

std::string mode_argument(Mode mode) {
    return mode == Mode::unshare ? "--mode=unshare" : "--mode=root";
}

std::vector<std::string> keeping_arguments(const Keeping& keeping) {
    std::vector<std::string> arguments = {
        mode_argument(keeping.mode), "--variant=custom", "--verbose",
        "--skip=check/signed-by,setup,update,cleanup,chroot/policy-rc.d,chroot/start-stop-daemon," +
            keeping.skipped,
        "--format=" + keeping.format};
    for (const std::string& hook : keeping.hooks)
        arguments.push_back("--" + hook + "-hook=" + (keeping.run / "hooks" / hook).string());
    // No suite is asked for: it is only a name, and no mirror belongs to it.
    arguments.insert(arguments.end(), {"--", "unstable", keeping.output.string(), ""});
    return arguments;
}

void upload(const Changes& changes, const std::map<std::string, std::string>& files,
            const tree::Tree* overlay, const Work& work) {
    for (const auto& [name, content] : files)
        work.run.write(name, content, name.starts_with("hooks/") ? Reach::own_program : Reach::own);
    if (!changes.local_packages.empty())
        work.run.make("packages");
    const auto uploaded = uploaded_packages(changes, work.run.path());
    for (std::size_t i = 0; i < uploaded.size(); ++i) {
        check_package(work.runner, changes.local_packages[i]);
        // apt reads it as a user of its own.
        const auto name = uploaded[i].lexically_relative(work.run.path()).string();
        copy_content(changes.local_packages[i].value, work.run.create(name, Reach::everybody));
    }
    if (changes.overlay) {
        const Fd fd = work.run.create("files.tar");
        tree::write_tar(*overlay, [&](std::string_view piece) { write_all(fd.get(), piece); });
    }
}

void copy_content(const std::filesystem::path& from, const Fd& out) {
    copy_all(open_read(from).get(), from.string(), out.get());
}

void keep_received(const std::filesystem::path& from, const std::filesystem::path& to,
                   const std::string& sha256) {
    const Fd fd(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd)
        throw system_error("cannot write " + to.string(), errno);
    copy_content(from, fd);
    if (sha256_file(to) != sha256)
        throw Error(ErrorKind::failed, from.filename().string() + " was changed after it was made");
}

std::vector<Package> run_mmdebstrap(RunLog& log, const Isolation& isolation,
                                    const std::vector<std::string>& arguments,
                                    std::optional<std::int64_t> epoch, const Work& work) {
    process::Command command;
    command.argv = environment(work.run.make("tmp"), epoch);
    command.argv.insert(command.argv.end(), isolation.prefix.begin(), isolation.prefix.end());
    command.argv.push_back(installed(work.runner));
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.directory = work.run.path(); // the caller's own may be closed to subordinate ids
    // Left alone, it waits for apt and takes a minute to remove the root; RunDirectory is faster.
    command.grace = std::chrono::milliseconds(0);
    command.package = "mmdebstrap";
    command.on_error_line = [&log](std::string_view line) { log.line(line); };
    const process::Result result = work.runner.run(command);
    if (!result.ok())
        throw log.failure(result.exit_code);
    return log.packages();
}

} // namespace selns::bootstrap
