#include "selns/base/file.hpp"
#include "selns/tree/archive.hpp"
#include "selns/tree/importer.hpp"

namespace selns::tree {

Tree read_archive(const std::filesystem::path& archive, const Limits& limits,
                  sandbox::Transcript* transcript) {
    archive::Reader reader(open_read(archive, Input::disk), archive.string(), transcript);
    return read_archive(reader, archive.string(), limits);
}

Tree read_archive(archive::Reader& reader, const std::string& name, const Limits& limits) {
    Importer importer(reader, name, limits);
    archive::Entry entry;
    while (reader.next(entry))
        importer.add(entry);
    return importer.finish();
}

void normalise(const std::filesystem::path& archive, const std::filesystem::path& output) {
    const Tree tree = read_archive(archive);
    AtomicFile file(output);
    write_tar(tree, [&](std::string_view bytes) { write_all(file.fd(), bytes); });
    file.commit();
}

} // namespace selns::tree
