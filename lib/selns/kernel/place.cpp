#include "selns/kernel/place.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/cache/remove.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

fs::path without_slash(const fs::path& directory) {
    const fs::path path = fs::absolute(directory).lexically_normal();
    return path.has_filename() ? path : path.parent_path();
}

// A directory beside DIRECTORY that is gone with the object, whatever is in it by then.
class Beside {
  public:
    explicit Beside(const fs::path& directory) {
        std::string name =
            (directory.parent_path() / ("." + directory.filename().string() + ".XXXXXX")).string();
        if (::mkdtemp(name.data()) == nullptr)
            throw system_error("cannot write below " + directory.parent_path().string(), errno);
        path_ = name;
    }
    ~Beside() { cache::remove_plain(path_); }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

void copy_bundle(const Bundle& bundle, const fs::path& to) {
    for (const char* name : {bundle_files::vmlinuz, bundle_files::config, bundle_files::manifest})
        fs::copy_file(bundle.directory / name, to / name);
    if (!bundle.modules)
        return;
    const fs::path modules = to / bundle_files::modules / bundle.version;
    fs::create_directories(modules.parent_path());
    fs::copy(*bundle.modules, modules,
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

// In the cache, all are for the user alone.
void give_usual_modes(const fs::path& made) {
    const mode_t mask = current_umask();
    const auto give = [mask](const fs::path& path, bool directory) {
        ::chmod(path.c_str(), (directory ? 0777U : 0666U) & ~mask);
    };
    give(made, true);
    for (const auto& entry : fs::recursive_directory_iterator(made))
        if (!entry.is_symlink())
            give(entry.path(), entry.is_directory());
}

void put(const fs::path& made, const fs::path& target) {
    if (!fs::exists(target)) {
        fs::rename(made, target);
        return;
    }
    if (::renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) == 0)
        return;
    // A file system without exchange: for a moment, there is no bundle.
    cache::remove_plain(target);
    fs::rename(made, target);
}

} // namespace

void require_place(const fs::path& directory) {
    const fs::path target = without_slash(directory);
    fs::create_directories(target.parent_path());
    if (!fs::exists(target) || is_bundle(target))
        return;
    if (!fs::is_directory(target) || !fs::is_empty(target))
        throw Error(ErrorKind::failed,
                    "not a kernel bundle, so it is not replaced: " + printable(target.string()))
            .hint("give another directory with -o");
}

std::string identity_of(const Bundle& bundle) {
    return sha256_file(bundle.directory / bundle_files::manifest);
}

Bundle place_bundle(const Bundle& bundle, const fs::path& directory) {
    require_place(directory);
    const fs::path target = without_slash(directory);
    const Beside beside(target);
    copy_bundle(bundle, beside.path());
    give_usual_modes(beside.path());
    put(beside.path(), target);
    return open_bundle(target);
}

} // namespace selns::kernel
