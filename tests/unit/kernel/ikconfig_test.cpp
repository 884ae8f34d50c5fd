#include "selns/kernel/ikconfig.hpp"
#include "support/catch.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <random>

using namespace selns::kernel;

namespace {

const std::string config_text =
    "# Linux/x86 6.1.0 Kernel Configuration\nCONFIG_SECURITY_SELINUX=y\n";

// TEXT with a compression that libarchive knows by NAME.
std::string compressed(const std::string& text, const char* name) {
    std::string out(text.size() + 65536, '\0');
    std::size_t used = 0;
    struct archive* handle = archive_write_new();
    archive_write_set_format_raw(handle);
    REQUIRE(archive_write_add_filter_by_name(handle, name) == ARCHIVE_OK);
    REQUIRE(archive_write_open_memory(handle, out.data(), out.size(), &used) == ARCHIVE_OK);
    struct archive_entry* entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    REQUIRE(archive_write_header(handle, entry) == ARCHIVE_OK);
    archive_write_data(handle, text.data(), text.size());
    archive_write_close(handle);
    archive_write_free(handle);
    archive_entry_free(entry);
    out.resize(used);
    return out;
}

// An uncompressed kernel that carries CONFIG, and before it a mark that is none.
std::string vmlinux(const std::string& config, std::size_t noise_size = 200'000) {
    std::mt19937 random(1);
    std::string noise(noise_size, '\0');
    for (char& c : noise)
        c = static_cast<char>(random());
    return std::string("\x7f") + "ELF" + noise + "IKCFG_STIKCFG_ED" + noise + "IKCFG_ST" +
           compressed(config, "gzip") + "IKCFG_ED" + noise;
}

void put(std::string& bytes, std::size_t at, std::uint32_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i)
        bytes[at + i] = static_cast<char>(value >> (8 * i));
}

std::string bzimage(const std::string& payload) {
    constexpr std::size_t setup_sectors = 3;
    constexpr std::size_t offset = 0x100;
    std::string image((setup_sectors + 1) * 512 + offset, '\0');
    image.replace(0x202, 4, "HdrS");
    put(image, 0x1f1, setup_sectors, 1);
    put(image, 0x206, 0x20f, 2);
    put(image, 0x20e, 0x300 - 0x200, 2);
    image.replace(0x300, 21, "6.1.0-test (me) #1 SM");
    put(image, 0x248, offset, 4);
    // Linux's build puts the size of what was compressed behind all but gzip.
    const std::string size = payload.starts_with("\x1f\x8b") ? "" : "\x12\x34\x56\x78";
    put(image, 0x24c, static_cast<std::uint32_t>(payload.size() + size.size()), 4);
    return image + payload + size + std::string(100, '\xff');
}

} // namespace

TEST_CASE("the configuration in a kernel image, whatever its compression") {
    const std::string kernel = vmlinux(config_text);
    CHECK(embedded_config(kernel) == config_text);
    for (const char* name : {"gzip", "xz", "zstd", "bzip2", "lzma", "lz4"}) {
        INFO(name);
        const std::string packed = compressed(kernel, name);
        CHECK(embedded_config(bzimage(packed)) == config_text);
        CHECK(embedded_config(packed) == config_text);
        CHECK(embedded_config(bzimage(compressed(vmlinux(config_text, 10), name))) == config_text);
        CHECK(kind_of(bzimage(packed)) == KernelFile::image);
        CHECK(kind_of(packed) == KernelFile::image);
    }
    CHECK(embedded_release(bzimage("")) == "6.1.0-test");
}

TEST_CASE("a configuration is no image") {
    CHECK(kind_of(config_text) == KernelFile::config);
    CHECK(kind_of(compressed(config_text, "gzip")) == KernelFile::config);
    CHECK(kind_of("") == KernelFile::config);
    CHECK(kind_of(vmlinux("")) == KernelFile::image);
}

TEST_CASE("images without a configuration, and what is none") {
    std::string kernel = vmlinux(config_text);
    CHECK_FALSE(embedded_config(kernel.substr(0, kernel.size() / 2)));
    CHECK_FALSE(embedded_config(""));
    CHECK_FALSE(embedded_config("IKCFG_ST"));
    CHECK_FALSE(embedded_config("IKCFG_STIKCFG_ED"));
    CHECK_FALSE(embedded_config("IKCFG_ST no gzip IKCFG_ED").value_or("").starts_with("CONFIG"));
    CHECK_FALSE(embedded_config(bzimage("")));
    CHECK_FALSE(embedded_config(bzimage(std::string(5000, 'x'))));
    CHECK_FALSE(embedded_release("MZ"));
}

TEST_CASE("a bzImage whose header lies") {
    const std::string good = bzimage(compressed(vmlinux(config_text), "gzip"));
    for (const std::uint32_t value : {0U, 1U, 0x7fffffffU, 0xffffffffU}) {
        std::string image = good;
        put(image, 0x248, value, 4);
        embedded_config(image);
        image = good;
        put(image, 0x24c, value, 4);
        embedded_config(image);
        image = good;
        put(image, 0x20e, value, 2);
        embedded_release(image);
        put(image, 0x1f1, value, 1);
        embedded_config(image);
    }
    for (std::size_t size = 0; size < good.size(); size += good.size() / 20)
        embedded_config(std::string_view(good).substr(0, size));
    std::mt19937 random(2);
    for (int round = 0; round < 20; ++round) {
        std::string image = good;
        for (int i = 0; i < 20; ++i)
            image[random() % image.size()] = static_cast<char>(random());
        embedded_config(image);
    }
}

TEST_CASE("a bomb is not unpacked into memory") {
    // 2 GiB of zeros, several times compressed, would be found by their time and memory.
    const std::string zeros = compressed(std::string(64U << 20U, '\0'), "gzip");
    CHECK_FALSE(embedded_config(bzimage(zeros)));
    const std::string marks = compressed("IKCFG_ST" + std::string(16U << 20U, '\0'), "gzip");
    CHECK_FALSE(embedded_config(bzimage(marks)));
}
