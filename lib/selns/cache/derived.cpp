#include "selns/cache/derived.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"

namespace selns::cache {

namespace {

constexpr const char* file_name = "text";

} // namespace

std::string derived(const Store& store, const std::string& kind, const Description& description,
                    const std::function<std::string()>& make) {
    const std::string key = key_of(kind, description.inputs);
    if (const auto known = store.find(kind, key))
        try {
            return read_file(known->directory / file_name);
        } catch (const Error&) { // replaced by another run just now
        }
    std::string text = make();
    Store::MakeOptions options;
    options.durable = false;
    try {
        store.make(
            kind, key, description,
            [&](const std::filesystem::path& staging) {
                Directory(staging).write(file_name, text);
            },
            options);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted)
            throw;
    }
    return text;
}

} // namespace selns::cache
