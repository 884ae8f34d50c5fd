// Any bytes as each of the JSON documents that others may have written: an answer or an Error,
// never a crash, another exception, a hang or a flood of memory.
#include "selns/base/error.hpp"
#include "selns/cache/record.hpp"
#include "selns/converge/json.hpp"
#include "selns/launch/launch.hpp"
#include "selns/oci/document.hpp"
#include "selns/pipeline/manifest.hpp"
#include "selns/pipeline/outputs.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

template <typename Read>
void attempt(Read read) {
    try {
        read();
    } catch (const selns::Error& error) {
        if (error.kind() != selns::ErrorKind::invalid_input)
            std::abort();
    }
}

void require_name(const std::string& name) {
    if (name.empty() || name == ".." || std::filesystem::path(name).filename() != name)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    attempt([&] {
        const auto launch = selns::launch::parse_launch(text, "web.launch.json");
        require_name(launch.name);
        for (const auto& image : launch.images)
            require_name(image.file);
    });
    attempt([&] { selns::pipeline::parse_manifest(text, "web.manifest.json"); });
    attempt([&] { selns::oci::read_index(text); });
    attempt([&] { selns::oci::read_manifest(text); });
    attempt([&] { selns::oci::read_config(text); });
    selns::pipeline::OutputState::unchanged("f", text, "/nonexistent");
    selns::converge::parse_state(text);
    selns::cache::from_json(text);
    return 0;
}
