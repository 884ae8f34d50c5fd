#include "selns/archive/reader.hpp"
#include "selns/boot/initramfs.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <elf.h>

#include <cstring>
#include <map>

using namespace selns;

namespace {

struct Found {
    archive::Entry entry;
    std::string content;
};

std::map<std::string, Found> entries_of(const std::string& bytes) {
    const test::TempDir directory;
    archive::Reader reader(open_read(directory.write("initramfs", bytes)), "initramfs");
    std::map<std::string, Found> found;
    for (archive::Entry entry; reader.next(entry);) {
        std::string content;
        reader.read_content([&](std::uint64_t, std::string_view data) { content += data; });
        found[entry.path] = {entry, content};
    }
    return found;
}

} // namespace

TEST_CASE("An initramfs has the init, the modules in their order, and the units") {
    const boot::Initramfs content{{{"virtio_ring.ko", "first"}, {"a.ko", "second"}},
                                  {{"x.service", "[Unit]\n"}}};
    const std::string bytes = boot::make_initramfs(content);
    CHECK(bytes.starts_with("070701"));
    auto found = entries_of(bytes);
    CHECK(found.at("init").entry.mode == 0755);
    CHECK(found.at("init").content == boot::init_program());
    CHECK(found.at("modules/000-virtio_ring.ko").content == "first");
    CHECK(found.at("modules/001-a.ko").content == "second");
    CHECK(found.at("units/x.service").content == "[Unit]\n");
    CHECK(found.at("dev/console").entry.type == FileType::character);
    CHECK(found.at("dev/console").entry.major == 5);
    CHECK(found.at("dev/console").entry.minor == 1);
    CHECK_FALSE(found.contains("selns-run"));
    CHECK(bytes == boot::make_initramfs(content));
}

TEST_CASE("The initramfs of a container has its launcher") {
    auto found = entries_of(boot::make_initramfs({{}, {}, "{}\n"}));
    CHECK(found.at("selns-run").entry.mode == 0755);
    CHECK(found.at("selns-run").content == boot::launcher_program());
    CHECK(found.at("container.launch.json").content == "{}\n");
}

TEST_CASE("The programs are static") {
    const auto program = GENERATE(boot::init_program(), boot::launcher_program());
    Elf64_Ehdr head = {};
    REQUIRE(program.size() > sizeof head);
    std::memcpy(&head, program.data(), sizeof head);
    REQUIRE(std::memcmp(head.e_ident, ELFMAG, SELFMAG) == 0);
    REQUIRE(head.e_phoff + head.e_phnum * sizeof(Elf64_Phdr) <= program.size());
    for (std::size_t i = 0; i < head.e_phnum; ++i) {
        Elf64_Phdr segment = {};
        std::memcpy(&segment, program.data() + head.e_phoff + i * sizeof segment, sizeof segment);
        CHECK(segment.p_type != PT_INTERP);
    }
}
