#include "selns-run/units.hpp"

#include <fcntl.h>
#include <linux/openat2.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace selns::run {

namespace {

Handle make_directory(Kernel& kernel, int root, const std::string& parent,
                      const std::string& name) {
    const std::string what = "make " + parent + "/" + name + " in the container";
    const Handle above(
        kernel,
        must(open_below(kernel, root, parent, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS), what));
    const long made = kernel.mkdirat(above.get(), name, 0755);
    if (made != -EEXIST)
        must(made, what);
    return {kernel,
            must(open_below(kernel, above.get(), name, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS),
                 what)};
}

} // namespace

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
    make_directory(kernel, root, "/run", "systemd");
    const Handle system = make_directory(kernel, root, "/run/systemd", "system");
    const Handle wants =
        make_directory(kernel, root, "/run/systemd/system", "default.target.wants");
    for (const auto& [name, text] : units) {
        const std::string what = "write the unit " + printable(name);
        const Handle file(kernel,
                          must(kernel.openat2(system.get(), name,
                                              O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644, 0),
                               what));
        if (must(kernel.write(file.get(), text.data(), text.size()), what) !=
            static_cast<long>(text.size()))
            throw refusal("cannot " + what + ": /run is full");
        must(kernel.symlinkat("/run/systemd/system/" + name, wants.get(), name), what);
    }
}

} // namespace selns::run
