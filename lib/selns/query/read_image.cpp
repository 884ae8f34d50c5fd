#include "selns/query/read_image.hpp"

#include "selns/base/error.hpp"
#include "selns/image/image.hpp"
#include "selns/tree/index.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <ctime>

namespace selns::query {

namespace {

// Whether another change of FILE would be seen from its times: they count the kernel's ticks, and
// a block device's tell nothing. Not of what is not there.
bool has_settled(const std::filesystem::path& file) {
    constexpr std::time_t some_ticks = 1; // seconds
    struct stat status = {};
    return ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_ctim.tv_sec + some_ticks < std::time(nullptr);
}

} // namespace

std::string identity_of(const std::filesystem::path& file) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0)
        throw system_error("cannot read " + file.string(), errno);
    return fmt::format("{}:{} {} {}.{} {}.{}", status.st_dev, status.st_ino, status.st_size,
                       status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                       status.st_ctim.tv_nsec);
}

tree::Tree read_image(const std::filesystem::path& file, const cache::Store* store) {
    if (store == nullptr || !has_settled(file))
        return image::read(file);
    const std::string before = identity_of(file);
    const std::string path = std::filesystem::canonical(file).string();
    tree::Tree tree =
        tree::read_indexed({"image " + path, before, path}, *store, [&](sandbox::Transcript& said) {
            tree::Tree read = image::read(file, &said);
            if (identity_of(file) != before)
                said.drop();
            return read;
        });
    return identity_of(file) == before ? std::move(tree) : image::read(file);
}

} // namespace selns::query
