#include "selns/boot/modules.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace selns::boot {

namespace {

constexpr std::uint64_t list_limit = 64U << 20U;
constexpr std::uint64_t module_limit = 256U << 20U;

// "virtio_blk" of "kernel/drivers/block/virtio-blk.ko.xz": the kernel takes both signs for one.
std::string name_of(std::string_view path) {
    std::string name(path.substr(path.rfind('/') + 1));
    name = name.substr(0, name.find(".ko"));
    std::ranges::replace(name, '-', '_');
    return name;
}

struct ModuleFile {
    std::string path; // below the directory
    std::vector<std::string> needs;
};

class Resolver {
  public:
    explicit Resolver(const std::filesystem::path& directory) : directory_(directory) {
        read_dependencies();
        const std::string builtin = read_file(directory / "modules.builtin", list_limit);
        for (const std::string_view line : split(builtin, '\n'))
            if (!line.empty())
                builtin_.insert(name_of(line));
    }

    void add(const std::string& name) {
        if (builtin_.contains(name) || !done_.insert(name).second)
            return;
        const auto found = files_.find(name);
        if (found == files_.end())
            throw Error(ErrorKind::invalid_input, "the kernel has no " + name)
                .at({directory_.string()})
                .hint("neither built in nor as a module; `selns-build kernel check` tells what "
                      "a kernel can do");
        for (const std::string& need : found->second.needs)
            add(need);
        load(found->second.path);
    }

    std::vector<KernelModule> take() { return std::move(modules_); }

  private:
    // "kernel/a.ko.xz: kernel/b.ko.xz kernel/c.ko.xz"
    void read_dependencies() {
        const std::string text = read_file(directory_ / "modules.dep", list_limit);
        for (const std::string_view line : split(text, '\n')) {
            const std::size_t colon = line.find(':');
            if (colon == std::string_view::npos)
                continue;
            ModuleFile file{std::string(line.substr(0, colon)), {}};
            for (const std::string_view need : split_words(line.substr(colon + 1)))
                file.needs.push_back(name_of(need));
            // Each is listed after what uses it.
            std::ranges::reverse(file.needs);
            files_.emplace(name_of(file.path), std::move(file));
        }
    }

    void load(const std::string& path) {
        const std::filesystem::path file = directory_ / path;
        std::string name = path.substr(path.rfind('/') + 1);
        name = name.substr(0, name.find(".ko") + 3);
        modules_.push_back(
            {name, archive::decompress(read_file(file, module_limit), module_limit)});
    }

    const std::filesystem::path& directory_;
    std::map<std::string, ModuleFile> files_;
    std::set<std::string> builtin_;
    std::set<std::string> done_;
    std::vector<KernelModule> modules_;
};

} // namespace

std::vector<KernelModule> needed_modules(const std::filesystem::path& directory,
                                         const std::vector<std::string>& names) {
    if (directory.empty())
        return {};
    Resolver resolver(directory);
    for (const std::string& name : names)
        resolver.add(name);
    return resolver.take();
}

std::vector<std::string> root_modules(const std::string& file_system) {
    return {"virtio_pci", "virtio_blk", file_system};
}

} // namespace selns::boot
