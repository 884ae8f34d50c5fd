#include "selns/image/ext4/mke2fs.hpp"

#include "selns/base/error.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace selns::image::ext4 {

namespace {

// What Linux 4.19 and e2fsprogs 1.44 take already, so that old hosts can mount and check the image.
constexpr std::string_view features =
    "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,sparse_super,"
    "large_file,huge_file,dir_nlink,extra_isize,metadata_csum";

std::string uuid_text(const std::array<std::uint8_t, 16>& uuid) {
    const std::string hex = fmt::format("{:02x}", fmt::join(uuid, ""));
    return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                       hex.substr(16, 4), hex.substr(20));
}

constexpr std::string_view uuid_purpose = "ext4 uuid";
constexpr std::string_view seed_purpose = "ext4 hash seed";

std::vector<std::string> arguments(const std::filesystem::path& file, const Geometry& geometry,
                                   const WriteOptions& options) {
    // The tables are written now, not by the kernel after the first mount. The journal needs no
    // zeroes: the file has them.
    const std::string extended =
        "lazy_itable_init=0,lazy_journal_init=1,nodiscard,root_owner=0:0,hash_seed=" +
        uuid_text(derived_uuid(seed_purpose, options.identity));
    return {"mke2fs",
            "-q",
            "-F",
            "-b",
            std::to_string(block_size),
            "-I",
            std::to_string(inode_size),
            "-g",
            std::to_string(8 * block_size),
            "-G",
            "16",
            "-m",
            "1",
            "-e",
            "continue",
            "-N",
            std::to_string(geometry.inodes),
            "-J",
            fmt::format("size={}", geometry.journal_mib),
            "-O",
            std::string(features),
            "-E",
            extended,
            "-U",
            uuid_text(derived_uuid(uuid_purpose, options.identity)),
            "-L",
            options.label,
            std::filesystem::absolute(file).string(),
            std::to_string(geometry.size / block_size)};
}

} // namespace

std::array<std::uint8_t, 16> derived_uuid(std::string_view purpose, std::string_view identity) {
    const std::string digest = Fingerprint(purpose).add(identity).hex();
    std::array<std::uint8_t, 16> uuid{};
    for (std::size_t i = 0; i < uuid.size(); ++i)
        uuid[i] = static_cast<std::uint8_t>(std::stoul(digest.substr(2 * i, 2), nullptr, 16));
    uuid[6] = static_cast<std::uint8_t>(0x40 | (uuid[6] & 0x0f));
    uuid[8] = static_cast<std::uint8_t>(0x80 | (uuid[8] & 0x3f));
    return uuid;
}

HashSeed hash_seed(std::string_view identity) {
    HashSeed seed{};
    const auto bytes = derived_uuid(seed_purpose, identity);
    static_assert(sizeof seed == sizeof bytes);
    std::memcpy(seed.data(), bytes.data(), sizeof seed);
    return seed;
}

std::int64_t file_system_time(const WriteOptions& options) {
    return std::max<std::int64_t>(options.epoch, 1);
}

void run_mke2fs(const std::filesystem::path& file, const Geometry& geometry,
                const WriteOptions& options, process::Runner& runner) {
    const std::string time = std::to_string(file_system_time(options));
    process::Command command;
    command.argv = arguments(file, geometry, options);
    command.environment = {{"MKE2FS_CONFIG", "/dev/null"},
                           {"E2FSPROGS_FAKE_TIME", time},
                           {"SOURCE_DATE_EPOCH", time},
                           {"LC_ALL", "C"}};
    command.package = "e2fsprogs";
    const process::Result result = runner.run(command);
    if (result.ok())
        return;
    if (result.error_tail.find(std::strerror(ENOSPC)) != std::string::npos)
        throw system_error("cannot write " + file.string(), ENOSPC);
    throw Error(ErrorKind::tool_failed, fmt::format("mke2fs failed (exit status {}) on {}",
                                                    result.exit_code, file.string()))
        .hint(printable(trim(result.error_tail)));
}

} // namespace selns::image::ext4
