#include "selns/policy/backend.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/policy/image_tools.hpp"
#include "selns/policy/session.hpp"
#include "selns/policy/staging.hpp"
#include "selns/sandbox/sandbox.hpp"
#include "selns/selinux/store.hpp"

#include <fcntl.h>
#include <link.h>

#include <cerrno>
#include <functional>
#include <utility>
#include <vector>

namespace selns::policy {

namespace {

constexpr const char* semanage_conf = "/etc/selinux/semanage.conf";

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

// What both kinds do, and the first does alone.
class HostBackend : public Backend {
  public:
    explicit HostBackend(const Interrupt& interrupt) : interrupt_(interrupt) {}

    std::string identity() const override { return identity_; }
    std::string name() const override { return "this host's libsepol"; }

    void commit(const tree::Tree& rootfs, const Place& place, const Changes& changes,
                const std::filesystem::path& output, progress::Step& step) override {
        run(rootfs, place, output, step, [&](const Sandboxed& inside) {
            commit_in_sandbox(inside.staged, place, changes, commit_of(place, inside.conf),
                              inside.conf, inside.output, inside.say);
        });
    }

    // Modules are only read, as text; any libsemanage does.
    void gather_neverallows(const tree::Tree& rootfs, const Place& place,
                            const std::filesystem::path& output, progress::Step& step) override {
        run(rootfs, place, output, step, [&](const Sandboxed& inside) {
            gather_neverallows_in_sandbox(inside.staged, place, inside.conf, inside.output,
                                          inside.say);
        });
    }

  protected:
    const Interrupt& interrupt() const { return interrupt_; }

  private:
    struct Sandboxed {
        const tree::Tree& staged;
        const std::string& conf; // the image's semanage.conf
        int output;
        const sandbox::Say& say;
    };

    // What the commit is done with, and what it needs in the sandbox.
    virtual Commit commit_of(const Place& place, const std::string&) const {
        return host_commit(place);
    }
    virtual void add_tools(tree::Tree&) const {}

    void run(const tree::Tree& rootfs, const Place& place, const std::filesystem::path& output,
             progress::Step& step, const std::function<void(const Sandboxed&)>& work) const {
        const Fd fd(::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
        if (!fd)
            throw system_error("cannot write " + output.string(), errno);
        tree::Tree staged = stage(rootfs, place);
        add_tools(staged);
        const std::string conf = rootfs.read(semanage_conf, 1U << 20U).value_or("");
        sandbox::Options options;
        options.on_line = [&step](const std::string& line) { step.detail(line); };
        sandbox::run(options, interrupt_, [&](const sandbox::Say& say) {
            work({staged, conf, fd.get(), say});
            return std::string();
        });
    }

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

  private:
    Commit commit_of(const Place& place, const std::string& conf) const override {
        return [this, place, conf](const Changes& changes, const sandbox::Say& say) {
            say("compiling the policy by the image's own semodule");
            ImageTools::commit(place, changes, conf, interrupt(), say);
        };
    }
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
                                     const Interrupt& interrupt) {
    const unsigned newest = selinux::newest_committed_version();
    if (place.version <= newest)
        return host_backend(interrupt);
    if (auto backend = image_backend(rootfs, interrupt))
        return backend;
    throw Error(ErrorKind::failed,
                "the image's policy has version " + std::to_string(place.version) +
                    ", this host's libsepol writes up to " + std::to_string(newest) +
                    ", and the image has no semodule of its own")
        .hint("add the package policycoreutils to the recipe, or build on a host with a newer "
              "libsepol");
}

} // namespace selns::policy
