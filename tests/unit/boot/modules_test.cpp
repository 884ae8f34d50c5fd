#include "selns/base/error.hpp"
#include "selns/boot/modules.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

using namespace selns;
using selns::boot::needed_modules;

namespace {

std::vector<std::string> names_of(const std::vector<boot::KernelModule>& modules) {
    std::vector<std::string> names;
    for (const auto& module : modules)
        names.push_back(module.name);
    return names;
}

} // namespace

TEST_CASE("Modules come after those that they need") {
    const test::TempDir directory;
    directory.write("modules.builtin", "kernel/fs/ext4/ext4.ko\n");
    directory.write("modules.dep",
                    "kernel/virtio-ring.ko:\n"
                    "kernel/virtio.ko: kernel/virtio-ring.ko\n"
                    "kernel/virtio_blk.ko: kernel/virtio.ko kernel/virtio-ring.ko\n"
                    "kernel/virtio_pci.ko: kernel/virtio.ko kernel/virtio-ring.ko\n");
    for (const char* name : {"virtio-ring", "virtio", "virtio_blk", "virtio_pci"})
        directory.write(std::string("kernel/") + name + ".ko", std::string("content of ") + name);
    const auto modules = needed_modules(directory.path(), {"virtio_pci", "virtio_blk", "ext4"});
    CHECK(names_of(modules) == std::vector<std::string>{"virtio-ring.ko", "virtio.ko",
                                                        "virtio_pci.ko", "virtio_blk.ko"});
    CHECK(modules[2].content == "content of virtio_pci");
}

TEST_CASE("What a kernel does not have is said") {
    const test::TempDir directory;
    directory.write("modules.builtin", "");
    directory.write("modules.dep", "");
    CHECK_THROWS_WITH(needed_modules(directory.path(), {"virtio_blk"}),
                      ContainsSubstring("the kernel has no virtio_blk"));
}

TEST_CASE("A kernel without modules needs none") {
    CHECK(needed_modules({}, {"virtio_blk"}).empty());
}

TEST_CASE("Modules that need each other end") {
    const test::TempDir directory;
    directory.write("modules.builtin", "");
    directory.write("modules.dep", "a.ko: b.ko\nb.ko: a.ko\n");
    directory.write("a.ko", "a");
    directory.write("b.ko", "b");
    CHECK(needed_modules(directory.path(), {"a"}).size() == 2);
}
