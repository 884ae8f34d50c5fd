#include "selns/bootstrap/mmdebstrap.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/hooks.hpp"
#include "selns/bootstrap/mmdebstrap_log.hpp"
#include "selns/bootstrap/openpgp.hpp"
#include "selns/bootstrap/tree_digest.hpp"
#include "selns/tree/archive.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <utility>

namespace selns::bootstrap {

namespace {

constexpr std::uint64_t key_limit = 16U << 20U;
// To remove a whole root after ^C takes mmdebstrap some seconds.
constexpr std::chrono::seconds grace{60};

std::string read_key(const recipe::Located<recipe::Path>& key) {
    try {
        if (auto armored = armored_keys(read_file(key.value, key_limit)))
            return *armored;
    } catch (Error& error) {
        throw error.at(key.at);
    }
    throw Error(ErrorKind::invalid_input, key.value.string() + " is not an OpenPGP public key")
        .at(key.at)
        .hint("gpg --export KEY writes one, with --armor or without");
}

Fd create(const std::filesystem::path& file) {
    Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!fd || ::fchmod(fd.get(), 0644) != 0)
        throw system_error("cannot write " + file.string(), errno);
    return fd;
}

void copy_content(const std::filesystem::path& from, const std::filesystem::path& to) {
    const Fd in = open_read(from);
    const Fd out = create(to);
    std::array<char, 65536> buffer;
    for (;;) {
        const ssize_t got = ::read(in.get(), buffer.data(), buffer.size());
        if (got < 0)
            throw system_error("cannot read " + from.string(), errno);
        if (got == 0)
            return;
        write_all(out.get(), {buffer.data(), static_cast<std::size_t>(got)});
    }
}

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

// apt would find out only after minutes.
void check_package(process::Runner& runner, const recipe::Located<recipe::Path>& package) {
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

Ingredients read_ingredients(const recipe::Recipe& recipe, const Options& options) {
    Ingredients ingredients;
    if (const auto* apt = std::get_if<recipe::Apt>(&recipe.from.what); apt != nullptr && apt->key)
        ingredients.key = read_key(*apt->key);
    for (const recipe::Repository& repository : recipe.repositories)
        ingredients.keys.push_back(read_key(repository.key));
    for (const auto& package : recipe.local_packages) {
        try {
            ingredients.package_hashes.push_back(sha256_file(package.value));
        } catch (Error& error) {
            throw error.at(package.at);
        }
    }
    if (!recipe.commands.empty() && options.overlay != nullptr) {
        ingredients.overlay = tree_digest(*options.overlay);
        ingredients.overlay_has_resolv_conf =
            options.overlay->find("/etc/resolv.conf", false).has_value();
    }
    return ingredients;
}

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

std::string host_apt_options(process::Runner& runner) {
    if (!runner.find("apt-config"))
        return apt_options("");
    return apt_options(proxy_configuration(
        process::output_of(runner, {.argv = {"apt-config", "dump"}, .package = "apt"})));
}

void upload(const AptRequest& request, const std::map<std::string, std::string>& files,
            const tree::Tree* overlay, const Work& work) {
    for (const auto& [name, content] : files)
        work.run.write(name, content, name.starts_with("hooks/"));
    if (!request.local_packages.empty())
        work.run.make("packages");
    for (std::size_t i = 0; i < request.local_packages.size(); ++i) {
        check_package(work.runner, request.local_packages[i]);
        copy_content(request.local_packages[i].value, work.run.path() / local_package_name(i));
    }
    if (request.overlay) {
        const Fd fd = create(work.run.path() / "files.tar");
        tree::write_tar(*overlay, [&](std::string_view piece) { write_all(fd.get(), piece); });
    }
}

std::vector<Package> run_mmdebstrap(const AptRequest& request, const Isolation& isolation,
                                    const std::vector<std::string>& arguments,
                                    std::optional<std::int64_t> epoch, const Work& work) {
    process::Command command;
    command.argv = environment(work.run.make("tmp"), epoch);
    command.argv.insert(command.argv.end(), isolation.prefix.begin(), isolation.prefix.end());
    command.argv.push_back(installed(work.runner));
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.directory = work.run.path(); // the caller's own may be closed to subordinate ids
    command.grace = grace;
    command.package = "mmdebstrap";
    MmdebstrapLog log(request, work.run.path(), work.step);
    command.on_error_line = [&log](std::string_view line) { log.line(line); };
    const process::Result result = work.runner.run(command);
    if (!result.ok())
        throw log.failure(result.exit_code);
    return log.packages();
}

} // namespace selns::bootstrap
