#include "selns/bootstrap/source_job.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/bootstrap/hooks.hpp"
#include "selns/bootstrap/mmdebstrap.hpp"
#include "selns/bootstrap/mmdebstrap_log.hpp"
#include "selns/tree/archive.hpp"

#include <fcntl.h>

#include <cerrno>
#include <utility>

namespace selns::bootstrap {

namespace {

void write_tar(const tree::Tree& tree, const Fd& fd) {
    tree::write_tar(tree, [&](std::string_view piece) { write_all(fd.get(), piece); });
}

Fd open_new(const std::filesystem::path& file) {
    Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!fd)
        throw system_error("cannot write " + file.string(), errno);
    return fd;
}

// Without what is in /dev, where mmdebstrap puts its own from the outside, and without labels,
// which are made anew.
tree::Tree unpackable(tree::Tree tree) {
    std::vector<std::string> devices;
    tree.walk([&](const std::string& path, tree::InodeId id, bool) {
        tree.inode(id).context.clear();
        if (path.starts_with("/dev/"))
            devices.push_back(path);
    });
    for (const std::string& path : devices)
        tree.remove(path);
    return tree;
}

// What a run leaves out of its archive: the whole of /dev.
void put_back_devices(tree::Tree& changed, const tree::Tree& before) {
    before.walk([&](const std::string& path, tree::InodeId id, bool) {
        if (path == "/dev" || path.starts_with("/dev/"))
            changed.put(path, before.inode(id));
    });
}

std::optional<std::string> package_manager(const tree::Tree& root) {
    for (const char* name : {"apt-get", "dnf"})
        if (root.find("/usr/bin/" + std::string(name)))
            return name;
    return std::nullopt;
}

class SourceJob final : public Job {
  public:
    SourceJob(AptRequest request, const Options& options, std::unique_ptr<RootSource> root)
        : request_(std::move(request)), options_(options), root_(std::move(root)),
          inputs_(root_->inputs()) {
        if (!changes())
            return;
        inputs_.insert(inputs_.end(), request_.inputs.begin(), request_.inputs.end());
        inputs_.emplace_back("SOURCE_DATE_EPOCH",
                             options.epoch ? std::to_string(*options.epoch) : "not set");
        inputs_.emplace_back("scripts",
                             Fingerprint("scripts").add(unpack_hook()).add(change_hook()).hex());
    }

    const cache::Inputs& inputs() const override { return inputs_; }
    std::string config() const override { return root_->config(); }

    std::vector<Package> build(const Work& work, const std::filesystem::path& tar) const override {
        if (options_.offline && !request_.packages.empty())
            throw Error(ErrorKind::failed, "what an image's own apt or dnf fetches is not kept, "
                                           "and the root is not in the cache")
                .hint("build it once without --offline");
        work.step.detail("reading the root file system");
        const tree::Tree root = root_->read(work);
        if (!changes()) {
            write_tar(root, open_new(tar));
            return packages(root);
        }
        const auto made = tar.parent_path() / "changed.tar";
        auto found = run(work, root, "tar", made, {});
        tree::Tree changed = tree::read_archive(made);
        put_back_devices(changed, root);
        write_tar(changed, open_new(tar));
        std::filesystem::remove(made);
        return found;
    }

    // Nothing newer can be installed when there is nothing to install.
    std::vector<Package> resolve(const Work& work) const override {
        if (request_.packages.empty() && request_.changes.local_packages.empty())
            return {};
        return run(work, root_->read(work), "null", "/dev/null", {{"resolve", ""}});
    }

  private:
    bool changes() const {
        return !request_.packages.empty() || !request_.changes.local_packages.empty() ||
               !request_.changes.commands.empty();
    }

    void check(const tree::Tree& root) const {
        const auto manager = package_manager(root);
        const bool apt = manager == "apt-get";
        if (!manager && !request_.places.empty())
            throw cannot("the image has neither apt nor dnf to install packages with",
                         request_.places.begin()->second);
        for (const auto& package : request_.changes.local_packages) {
            const bool rpm = package.value.extension() == ".rpm";
            if (manager != (rpm ? "dnf" : "apt-get"))
                throw cannot(rpm ? "the image has no dnf to install a .rpm file with"
                                 : "the image has no apt to install a .deb file with",
                             package.at);
        }
        for (const auto& [uri, at] : request_.repository_places) {
            if (!apt)
                throw cannot("the image has no apt to take packages from a repository with", at);
            if (uri.starts_with("file:"))
                throw cannot("the image's own apt cannot see a repository of this machine", at);
        }
        // mmdebstrap mounts there from the outside.
        for (const char* name : {"dev", "proc", "sys"})
            if (const auto id = root.child(tree::Tree::root, name);
                id && root.inode(*id).type != tree::FileType::directory)
                throw cannot("the image's /" + std::string(name) +
                                 " is no directory, so that nothing "
                                 "can run in it",
                             first_change());
        if (!root.find("/bin/sh") || !root.find("/usr/bin/env"))
            throw cannot("the image has no /bin/sh and /usr/bin/env, so that nothing can run in it",
                         first_change());
    }

    Location first_change() const {
        if (!request_.changes.commands.empty())
            return request_.changes.commands.front().at;
        return request_.places.empty() ? Location{} : request_.places.begin()->second;
    }

    static Error cannot(const std::string& why, const Location& at) {
        Error error(ErrorKind::invalid_input, why);
        if (at.known())
            error.at(at);
        return error;
    }

    std::vector<Package> run(const Work& work, const tree::Tree& root, const std::string& format,
                             const std::filesystem::path& output,
                             const std::map<std::string, std::string>& more) const {
        check(root);
        auto files = run_files(request_, work.run.path(), host_apt_options(work.runner));
        files["hooks/setup"] = unpack_hook();
        files["hooks/customize"] = change_hook();
        for (const auto& [name, content] : more)
            files[name] = content;
        upload(request_.changes, files, options_.overlay, work);
        write_tar(unpackable(root), work.run.create("root.tar"));
        const Isolation isolation = isolation_of(work.runner);
        MmdebstrapLog log(request_, work.run.path(), work.step);
        return run_mmdebstrap(log, isolation,
                              keeping_arguments({.mode = isolation.mode,
                                                 .run = work.run.path(),
                                                 .hooks = {"setup", "customize"},
                                                 .skipped = "output/dev",
                                                 .format = format,
                                                 .output = output}),
                              options_.epoch, work);
    }

    AptRequest request_;
    const Options& options_;
    std::unique_ptr<RootSource> root_;
    cache::Inputs inputs_;
};

} // namespace

std::unique_ptr<Job> make_source_job(const recipe::Recipe& recipe, const Options& options,
                                     std::unique_ptr<RootSource> root) {
    return std::make_unique<SourceJob>(change_request(recipe, read_ingredients(recipe, options)),
                                       options, std::move(root));
}

} // namespace selns::bootstrap
