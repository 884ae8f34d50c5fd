#include "selns/tree/index.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/program.hpp"

#include <optional>

namespace selns::tree {

namespace {

constexpr const char* kind = "index";
constexpr const char* file_name = "entries"; // the identity, and what the sandbox said

// What ENTRY holds for IDENTITY; nothing when it is another's, or gone.
std::optional<std::string> said_in(const cache::Entry& entry, const std::string& identity) {
    try {
        std::string text = read_file(entry.directory / file_name);
        if (!text.starts_with(identity))
            return std::nullopt;
        return text.erase(0, identity.size());
    } catch (const Error&) {
        return std::nullopt; // replaced by another run just now
    }
}

// A cache that cannot be written serves all the same.
void keep(const Indexed& what, const std::string& identity, const std::string& said,
          const cache::Store& store) {
    const cache::Inputs inputs = {{"of", what.name}};
    cache::Store::MakeOptions options;
    options.accept = [&](const cache::Entry& entry) {
        return said_in(entry, identity).has_value();
    };
    options.durable = false;
    try {
        store.make(
            kind, cache::key_of(kind, inputs), {what.owner, inputs},
            [&](const std::filesystem::path& staging) {
                cache::Directory(staging).write(file_name, identity + said);
            },
            options);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::interrupted)
            throw;
    }
}

} // namespace

Tree read_indexed(const Indexed& what, const cache::Store& store,
                  const std::function<Tree(sandbox::Transcript&)>& read) {
    const std::string identity = Fingerprint(kind).add(program_identity()).add(what.identity).hex();
    if (const auto entry = store.find(kind, cache::key_of(kind, {{"of", what.name}})))
        if (auto said = said_in(*entry, identity))
            try {
                sandbox::Transcript kept(*std::move(said));
                return read(kept);
            } catch (const Error& error) { // the file was replaced just now: it is looked at
                if (error.kind() == ErrorKind::interrupted)
                    throw;
            }
    sandbox::Transcript transcript;
    Tree tree = read(transcript);
    if (const std::string* said = transcript.text())
        keep(what, identity, *said, store);
    return tree;
}

} // namespace selns::tree
