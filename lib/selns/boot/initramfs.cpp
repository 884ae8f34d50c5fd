#include "selns/boot/initramfs.hpp"

#include "selns/archive/writer.hpp"

#include <fmt/format.h>

namespace selns::boot {

namespace {

class Layout {
  public:
    void directory(const std::string& path) {
        archive::Entry entry;
        entry.path = path;
        entry.type = FileType::directory;
        entry.mode = 0755;
        writer_.entry(entry);
    }

    void file(const std::string& path, std::string_view content, std::uint16_t mode) {
        archive::Entry entry;
        entry.path = path;
        entry.mode = mode;
        entry.size = static_cast<std::int64_t>(content.size());
        writer_.entry(entry);
        writer_.data(content);
    }

    // The kernel opens it for init before init can make one.
    void console() {
        archive::Entry entry;
        entry.path = "dev/console";
        entry.type = FileType::character;
        entry.mode = 0600;
        entry.major = 5;
        entry.minor = 1;
        writer_.entry(entry);
    }

    std::string take() {
        writer_.finish();
        return std::move(bytes_);
    }

  private:
    std::string bytes_;
    archive::Writer writer_{[this](std::string_view piece) { bytes_.append(piece); },
                            archive::Writer::Format::newc};
};

} // namespace

std::string make_initramfs(const Initramfs& content) {
    Layout layout;
    layout.directory("dev");
    layout.console();
    layout.file("init", init_program(), 0755);
    layout.directory("modules");
    for (std::size_t i = 0; i < content.modules.size(); ++i)
        layout.file(fmt::format("modules/{:03}-{}", i, content.modules[i].name),
                    content.modules[i].content, 0644);
    if (!content.units.empty())
        layout.directory("units");
    for (const Unit& unit : content.units)
        layout.file("units/" + unit.name, unit.text, 0644);
    if (!content.launch_json.empty()) {
        layout.file("selns-run", launcher_program(), 0755);
        layout.file("container.launch.json", content.launch_json, 0644);
    }
    return layout.take();
}

} // namespace selns::boot
