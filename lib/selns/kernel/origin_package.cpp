#include "selns/archive/deb.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/origin.hpp"
#include "selns/kernel/package.hpp"
#include "selns/kernel/unpack.hpp"

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_archive = std::uint64_t{4} << 30U; // compressed sources

// usr/src/linux-source-6.1.tar.xz
bool is_source(std::string_view path) {
    constexpr std::string_view folder = "usr/src/linux-source-";
    return path.starts_with(folder) && path.find(".tar.") != std::string_view::npos &&
           path.find('/', folder.size()) == std::string_view::npos;
}

// The archive with the source, taken out of the package into a file without a name beside
// DIRECTORY.
Fd source_archive(const fs::path& deb, const fs::path& directory) {
    archive::Reader reader(
        archive::deb_content(open_read(deb), deb.string(), directory.parent_path()), deb.string());
    archive::Entry entry;
    while (reader.next(entry)) {
        if (entry.type != FileType::regular || !is_source(plain_path(entry.path)))
            continue;
        Fd copy = archive::unnamed_file(directory.parent_path());
        std::uint64_t size = 0;
        reader.read_content([&](std::uint64_t, std::string_view data) {
            if ((size += data.size()) > most_archive)
                throw Error(ErrorKind::invalid_input,
                            "its source is larger than " + human_size(most_archive))
                    .at({deb.string()});
            write_all(copy.get(), data);
        });
        return copy;
    }
    throw Error(ErrorKind::invalid_input, "the package has no /usr/src/linux-source-*.tar.*")
        .at({deb.string()});
}

// Without the folder that everything is in.
std::optional<std::string> place_of(const std::string& path, Part part) {
    const auto slash = path.find('/');
    if (slash == std::string::npos)
        return std::nullopt;
    std::string inside = path.substr(slash + 1);
    if (part == Part::configuration && !is_for_configuration(inside))
        return std::nullopt;
    return inside;
}

class PackageOrigin final : public Origin {
  public:
    PackageOrigin(const SourcePackage& source, bool refresh, progress::Step& step,
                  const Context& context)
        : package_(source.package, source.release, "linux-source-", refresh, step, context) {}

    std::string identity() const override { return package_.file().identity(); }
    cache::Inputs inputs() const override {
        return {{"package", package_.file().name},
                {"version", package_.file().version},
                {"sha256", package_.file().sha256}};
    }

    void unpack(const fs::path& directory, Part part, progress::Step& step) const override {
        const fs::path deb = package_.fetch(step);
        step.detail("unpacking " + identity());
        archive::Reader reader(source_archive(deb, directory), deb.string());
        kernel::unpack(
            reader, directory, [&](const std::string& path) { return place_of(path, part); },
            Symlinks::kept);
    }

  private:
    Package package_;
};

} // namespace

std::unique_ptr<Origin> package_origin(const SourcePackage& source, bool refresh,
                                       progress::Step& step, const Context& context) {
    return std::make_unique<PackageOrigin>(source, refresh, step, context);
}

} // namespace selns::kernel
