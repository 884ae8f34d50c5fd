#include "selns-run/container.hpp"

#include <fcntl.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace selns::run {

Units read_units(const std::string& directory) {
    Units units;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
        if (!entry.is_regular_file())
            continue;
        std::ifstream file(entry.path(), std::ios::binary);
        units.emplace_back(
            entry.path().filename().string(),
            std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
    }
    if (error)
        throw failure("read " + directory, -error.value());
    return units;
}

void place_units(Kernel& kernel, int root, const Units& units) {
    if (units.empty())
        return;
    const std::string place = "/run/systemd/system";
    make_directory(kernel, root, "/run/systemd", "place units");
    const Handle system = make_directory(kernel, root, place, "place units");
    const Handle wants =
        make_directory(kernel, root, place + "/default.target.wants", "place units");
    for (const auto& [name, text] : units) {
        const std::string what = "write the unit " + printable(name);
        const Handle file(kernel,
                          must(kernel.openat2(system.get(), name,
                                              O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644, 0),
                               what));
        if (must(kernel.write(file.get(), text.data(), text.size()), what) !=
            static_cast<long>(text.size()))
            throw refusal("cannot " + what + ": /run is full");
        must(kernel.symlinkat(place + "/" + name, wants.get(), name), what);
    }
}

} // namespace selns::run
