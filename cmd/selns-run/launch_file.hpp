#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace selns::run {

// What the build computed from the image's file contexts (NAME.launch.json), as far as it is the
// launcher's. Paths are absolute and plain, contexts are printable words.
struct LaunchFile {
    struct Label {
        std::string path;
        std::string context;
    };
    struct Directory {
        std::string path;
        unsigned mode = 0755;
        std::string context;
    };
    std::string name;
    std::string hostname;
    std::string policy_type;
    std::vector<Label> labels;          // in this order; what does not exist is passed over
    std::vector<Directory> directories; // parents before what is in them
    std::vector<std::string> terminals; // contexts for a command's terminal
};

class Kernel;
LaunchFile read_launch_file(Kernel& kernel, const std::string& path);
// FILE names the text in errors.
LaunchFile parse_launch_file(std::string_view text, const std::string& file);

// Makes and labels what LAUNCH says below ROOT. Follows no link. Changes the working directory.
void label_container(Kernel& kernel, int root, const LaunchFile& launch);

bool is_plain_path(std::string_view path); // "/run/systemd", no "." and no ".."
constexpr std::size_t longest_context = 4096;
bool is_context(std::string_view context);
bool is_container_name(std::string_view name);

} // namespace selns::run
