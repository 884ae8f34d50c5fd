// Any bytes as a kernel recipe, a kernel's configuration, a kernel image and a Debian package.
#include "selns/archive/deb.hpp"
#include "selns/base/error.hpp"
#include "selns/kernel/check.hpp"
#include "selns/kernel/ikconfig.hpp"
#include "selns/kernel/recipe.hpp"
#include "selns/sandbox/worker.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

template <typename Action>
void refusable(const Action& action) {
    try {
        action();
    } catch (const selns::Error&) {
        // The one way in which bad input may be refused.
    }
}

} // namespace

// libFuzzer's own main() begins with this: a worker of a sandbox is this program executed anew.
// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
    if (const auto status = selns::sandbox::serve(*argc, *argv))
        ::_exit(*status);
    return 0;
}

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace selns;
    const std::string bytes(data, data + size);
    refusable([&] { kernel::parse(bytes, "k.yaml", std::nullopt); });
    refusable([&] {
        Diagnostics problems;
        kernel::examination_of(kernel::parse_config(bytes, "config", problems));
    });
    (void)kernel::kind_of(bytes);
    (void)kernel::embedded_config(bytes);
    (void)kernel::embedded_release(bytes);
    refusable([&] {
        Fd file(::memfd_create("deb", MFD_CLOEXEC));
        write_all(file.get(), bytes);
        archive::deb_content(open_read("/proc/self/fd/" + std::to_string(file.get())), "deb",
                             "/tmp");
    });
    return 0;
}
