#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/image/file_output.hpp"
#include "selns/image/image.hpp"
#include "selns/image/known_formats.hpp"
#include "selns/tree/archive.hpp"

#include <fcntl.h>

#include <cerrno>

namespace selns::image {

namespace {

std::uint64_t content_size(const tree::Tree& tree) {
    std::uint64_t total = 0;
    tree.walk([&](const std::string&, tree::InodeId id, bool first) {
        if (first)
            total += tree.inode(id).content.size();
    });
    return total;
}

bool has_tar_magic(std::string_view head) {
    constexpr std::size_t magic_at = 257;
    return head.size() > magic_at && head.substr(magic_at).starts_with("ustar");
}

} // namespace

std::string write_tar(const tree::Tree& tree, const std::filesystem::path& file,
                      const Advance& advance, bool hashed) {
    const Fd fd(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!fd)
        throw system_error("cannot write " + file.string(), errno);
    std::function<void(std::uint64_t)> report;
    if (advance)
        report = [&advance, total = content_size(tree)](std::uint64_t done) {
            advance(done, total);
        };
    FileOutput output(fd.get(), hashed);
    std::uint64_t end = 0;
    tree::write_tar(
        tree,
        [&](std::string_view data) {
            while (!data.empty()) {
                const auto [place, size] = output.reserve(end, data.size());
                data.copy(place, size);
                data.remove_prefix(size);
                end += size;
            }
        },
        report);
    return output.finish(end);
}

constinit const Format tar_format = {
    .name = "tar",
    .words = "an archive",
    .sized = false,
    .lost_and_found = false,
    .kernel_ability = {},
    .tool = {},
    .matches = has_tar_magic,
    .read =
        [](const std::filesystem::path& file, sandbox::Transcript* transcript) {
            return tree::read_archive(file, {}, transcript);
        },
    .write = [](const tree::Tree& tree, const std::filesystem::path& file,
                const WriteOptions& options, process::Runner& /*runner*/,
                const Advance& advance) { return write_tar(tree, file, advance, options.hashed); }};

} // namespace selns::image
