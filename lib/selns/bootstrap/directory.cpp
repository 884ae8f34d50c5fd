#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/bootstrap/source_job.hpp"
#include "selns/bootstrap/tree_digest.hpp"
#include "selns/tree/archive.hpp"

#include <fmt/format.h>

#include <utility>

namespace selns::bootstrap {

namespace {

std::string digest_of(const tree::Tree& root) {
    Fingerprint digest("directory");
    digest.add(tree_digest(root));
    root.walk([&](const std::string&, tree::InodeId id, bool first) {
        const tree::Timestamp mtime = root.inode(id).mtime;
        if (first)
            digest.add(fmt::format("{}.{}", mtime.seconds, mtime.nanoseconds));
    });
    return digest.hex();
}

class DirectorySource final : public RootSource {
  public:
    explicit DirectorySource(recipe::RootDirectory root) : root_(std::move(root)) {
        try {
            tree_ = tree::read_root(root_.path.value);
        } catch (Error& error) {
            throw error.at(root_.path.at);
        }
        digest_ = digest_of(tree_);
    }

    cache::Inputs inputs() const override { return {{"source", "directory"}, {"digest", digest_}}; }

    tree::Tree read(const Work&) const override {
        if (digest_of(tree_) != digest_)
            throw Error(ErrorKind::failed, "it was changed while it was being read")
                .at(root_.path.at);
        return tree_;
    }

  private:
    recipe::RootDirectory root_;
    tree::Tree tree_;
    std::string digest_;
};

} // namespace

std::unique_ptr<Job> make_directory_job(const recipe::Recipe& recipe, const Options& options,
                                        process::Runner&, const cache::Store&) {
    const auto& root = std::get<recipe::RootDirectory>(recipe.from.what);
    return make_source_job(recipe, options, std::make_unique<DirectorySource>(root));
}

} // namespace selns::bootstrap
