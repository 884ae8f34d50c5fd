#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/origin.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

// What Git knows or would add: not what a compilation left.
std::vector<std::string> listed_by_git(const fs::path& directory, process::Runner& runner) {
    process::Command list;
    list.argv = {"git", "-C",       directory.string(), "ls-files",
                 "-z",  "--cached", "--others",         "--exclude-standard"};
    list.package = "git";
    const std::string output = process::output_of(runner, list);
    std::vector<std::string> files;
    for (const std::string_view name : split(output, '\0'))
        if (!name.empty())
            files.emplace_back(name);
    return files;
}

std::vector<std::string> listed(const fs::path& directory) {
    std::vector<std::string> files;
    std::error_code error;
    fs::recursive_directory_iterator at(directory, error);
    for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error))
        if (at->is_symlink() || at->is_regular_file())
            files.push_back(at->path().lexically_relative(directory).string());
    if (error)
        throw system_error("cannot read " + directory.string(), error.value());
    return files;
}

// The same for the same names, kinds, modes and contents.
std::string digest_of(const fs::path& directory, const std::vector<std::string>& files,
                      const Interrupt& interrupt) {
    Fingerprint digest("directory");
    for (const std::string& name : files) {
        interrupt.check();
        const fs::path file = directory / name;
        struct stat status = {};
        if (::lstat(file.c_str(), &status) != 0)
            continue; // removed, but still in Git's index
        digest.add(name);
        if (S_ISLNK(status.st_mode))
            digest.add("symlink", fs::read_symlink(file).string());
        else if (S_ISREG(status.st_mode))
            digest.add((status.st_mode & S_IXUSR) != 0 ? "program" : "file", sha256_file(file));
    }
    return digest.hex();
}

class DirectoryOrigin final : public Origin {
  public:
    DirectoryOrigin(fs::path directory, std::vector<std::string> files, const Context& context)
        : directory_(std::move(directory)), files_(std::move(files)), context_(context),
          digest_(digest_of(directory_, files_, context.interrupt)) {}

    std::string identity() const override { return directory_.string() + " " + digest_; }
    cache::Inputs inputs() const override { return {{"directory", digest_}}; }

    // A copy: patches and the compilation change it.
    void unpack(const fs::path& directory, Part part, progress::Step& step) const override {
        step.detail("copying " + directory_.string());
        for (const std::string& name : files_) {
            context_.interrupt.check();
            std::error_code error;
            const auto status = fs::symlink_status(directory_ / name, error);
            if (!fs::exists(status) || (part == Part::configuration && !is_for_configuration(name)))
                continue;
            fs::create_directories((directory / name).parent_path());
            fs::copy(directory_ / name, directory / name, fs::copy_options::copy_symlinks);
        }
    }

  private:
    fs::path directory_;
    std::vector<std::string> files_;
    const Context& context_;
    std::string digest_;
};

} // namespace

std::unique_ptr<Origin> directory_origin(const DirectorySource& source, progress::Step& step,
                                         const Context& context) {
    std::error_code ignored;
    if (!fs::is_regular_file(source.directory / "Kconfig", ignored))
        throw Error(ErrorKind::invalid_input,
                    "no kernel source: " + printable((source.directory / "Kconfig").string()) +
                        " is missing");
    step.detail("reading " + source.directory.string());
    const bool git = fs::exists(source.directory / ".git", ignored);
    auto files = git ? listed_by_git(source.directory, context.runner) : listed(source.directory);
    std::sort(files.begin(), files.end());
    return std::make_unique<DirectoryOrigin>(source.directory, std::move(files), context);
}

} // namespace selns::kernel
