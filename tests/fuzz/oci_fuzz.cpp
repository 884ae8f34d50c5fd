// Any bytes as each document of an OCI layout or of docker save: what it says, or an Error.
#include "selns/base/error.hpp"
#include "selns/oci/document.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

template <typename Read>
void attempt(Read read, const std::string& text) {
    try {
        (void)read(text);
    } catch (const selns::Error&) {
        // The one way in which a bad document may be refused.
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    attempt(selns::oci::read_index, text);
    attempt(selns::oci::read_manifest, text);
    attempt(selns::oci::read_config, text);
    attempt(selns::oci::read_docker_images, text);
    return 0;
}
