#include "selns/policy/backend.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "selns/policy/image_tools.hpp"
#include "selns/policy/semanage_conf.hpp"
#include "selns/policy/session.hpp"
#include "selns/policy/staging.hpp"
#include "selns/sandbox/sandbox.hpp"
#include "selns/selinux/store.hpp"
#include "selns/tree/archive.hpp"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>

#include <cerrno>
#include <utility>
#include <vector>

namespace selns::policy {

namespace {

int collect_libraries(dl_phdr_info* info, std::size_t, void* data) {
    const std::string_view name = info->dlpi_name;
    if (name.find("libsemanage.so") != std::string_view::npos ||
        name.find("libsepol.so") != std::string_view::npos)
        static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
}

// libsepol and libsemanage cannot tell their version: their files are their identity.
std::string library_identity() {
    std::vector<std::string> files;
    ::dl_iterate_phdr(collect_libraries, &files);
    Fingerprint fingerprint("libsemanage");
    for (const std::string& file : files)
        fingerprint.add(sha256_file(file));
    return fingerprint.hex();
}

// A file in memory, for a sandbox to read.
Fd tar_of(const tree::Tree& files) {
    Fd tar(::memfd_create("policy", MFD_CLOEXEC));
    if (!tar)
        throw system_error("cannot hand the policy to the sandbox", errno);
    tree::write_tar(files, [&](std::string_view piece) { write_all(tar.get(), piece); });
    return tar;
}

// What both kinds do, and the first does alone.
class HostBackend : public Backend {
  public:
    explicit HostBackend(const Interrupt& interrupt) : interrupt_(interrupt) {}

    std::string identity() const override { return identity_; }
    std::string name() const override { return "this host's libsepol"; }

    void commit(const tree::Tree& rootfs, const Place& place, const Changes& changes,
                const std::filesystem::path& output, progress::Step& step) override {
        run(commit_worker, rootfs, {place, changes, ""}, output, step);
    }

    // Modules are only read, as text; any libsemanage does.
    void gather_neverallows(const tree::Tree& rootfs, const Place& place,
                            const std::filesystem::path& output, progress::Step& step) override {
        run(neverallow_worker, rootfs, {place, {}, ""}, output, step);
    }

  protected:
    // Runs WORKER in a sandbox that holds the policy's files; OUTPUT is what it emits.
    void run(const sandbox::Worker& worker, const tree::Tree& rootfs, Request request,
             const std::filesystem::path& output, progress::Step& step) const {
        const Fd fd(::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!fd)
            throw system_error("cannot write " + output.string(), errno);
        tree::Tree staged = stage(rootfs, request.place);
        add_tools(staged);
        const Fd tar = tar_of(staged);
        request.image_conf = image_semanage_conf(rootfs);
        const auto take = [&, written = std::uint64_t{0}](std::string_view piece) mutable {
            written += piece.size();
            if (written > worker.limits.root)
                throw Error(ErrorKind::failed, "the sandbox gave too much");
            write_all(fd.get(), piece);
        };
        try {
            sandbox::run(worker,
                         {.request = encode(request),
                          .descriptors = {tar.get()},
                          .on_line = [&step](const std::string& line) { step.detail(line); },
                          .interrupt = &interrupt_},
                         take);
        } catch (Error& error) {
            if (error.kind() == ErrorKind::invalid_input && !error.location().known())
                error.context("the image's policy");
            throw;
        }
    }

  private:
    virtual void add_tools(tree::Tree&) const {}

    const Interrupt& interrupt_;
    std::string identity_ = library_identity();
};

// For a policy that this host's libsepol is too old for.
class ImageBackend final : public HostBackend {
  public:
    ImageBackend(ImageTools tools, const Interrupt& interrupt)
        : HostBackend(interrupt), tools_(std::move(tools)) {}

    std::string identity() const override { return tools_.identity(); }
    std::string name() const override { return "the image's own semodule"; }

    void commit(const tree::Tree& rootfs, const Place& place, const Changes& changes,
                const std::filesystem::path& output, progress::Step& step) override {
        run(image_commit_worker, rootfs, {place, changes, ""}, output, step);
    }

  private:
    void add_tools(tree::Tree& staged) const override { tools_.put_into(staged); }

    ImageTools tools_;
};

} // namespace

std::unique_ptr<Backend> host_backend(const Interrupt& interrupt) {
    return std::make_unique<HostBackend>(interrupt);
}

std::unique_ptr<Backend> image_backend(const tree::Tree& rootfs, const Interrupt& interrupt) {
    auto tools = ImageTools::find(rootfs);
    return tools ? std::make_unique<ImageBackend>(std::move(*tools), interrupt) : nullptr;
}

std::unique_ptr<Backend> backend_for(const tree::Tree& rootfs, const Place& place,
                                     const ToolsFrom& tools, const Interrupt& interrupt) {
    const unsigned newest = selinux::newest_committed_version();
    if (place.version <= newest)
        return host_backend(interrupt);
    const std::string reason = "the image's policy has version " + std::to_string(place.version) +
                               ", this host's libsepol writes up to " + std::to_string(newest);
    auto backend = image_backend(rootfs, interrupt);
    if (!backend)
        throw Error(ErrorKind::failed, reason + ", and the image has no semodule of its own")
            .hint("add the package policycoreutils to the recipe, or build on a host with a newer "
                  "libsepol");
    if (!tools.allowed)
        throw Error(ErrorKind::failed,
                    reason + ": the image's own semodule, loader and libraries would have to run")
            .at(tools.at)
            .hint(tools.hint);
    return backend;
}

std::string package_to_cil(std::string_view package, const std::string& name,
                           const Interrupt& interrupt) {
    return sandbox::run(package_worker, {.request = printable(name) + "\n" + std::string(package),
                                         .descriptors = {},
                                         .interrupt = &interrupt});
}

} // namespace selns::policy
