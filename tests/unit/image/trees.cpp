#include "unit/image/trees.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <random>

namespace selns::test {

namespace {

using tree::FileType;

class Generator {
  public:
    explicit Generator(std::uint32_t seed) : random_(seed), tree_(tree_with_lost_found()) {}

    tree::Tree run() {
        add_edge_cases();
        std::vector<std::string> directories{""};
        std::vector<std::string> files;
        for (int i = 0; i < 150; ++i) {
            const std::string path = pick(directories) + "/" + name(i);
            switch (below(8)) {
            case 0:
            case 1:
                put(path, directory());
                directories.push_back(path);
                break;
            case 2:
                put(path, symlink(text(1 + below(120))));
                break;
            case 3:
                put(path, node(special(), below(5000) % 4096, below(70000)));
                break;
            case 4:
                if (!files.empty()) {
                    tree_.link(pick(files), path);
                    break;
                }
                [[fallthrough]];
            default:
                put(path, file(content()));
                files.push_back(path);
            }
        }
        return std::move(tree_);
    }

  private:
    void add_edge_cases() {
        for (const std::size_t size : {59U, 60U, 61U, 4095U})
            put(fmt::format("/symlink-{}", size), symlink(std::string(size, 'x')));
        for (const std::size_t size : {0U, 1U, 4095U, 4096U, 4097U})
            put(fmt::format("/file-{}", size), file(std::string(size, 'y')));
        put("/" + std::string(255, '\xff'), file("long"));
        put("/zeroes", file(std::string(1U << 20U, '\0')));
        std::string pieces(std::size_t{11} * 4096, '\0');
        for (std::size_t at = 0; at < pieces.size(); at += 2 * 4096)
            pieces[at + 100] = 'z';
        put("/six-extents", file(pieces + "tail"));
        std::string deep;
        for (int i = 0; i < 60; ++i)
            put(deep += "/deep", directory());
        put("/linked", file("linked"));
        for (int i = 0; i < 300; ++i)
            tree_.link("/linked", fmt::format("/link-{}", i));
    }

    void put(const std::string& path, tree::Inode inode) {
        inode.mode = static_cast<std::uint16_t>(below(010000));
        inode.uid = below(3) == 0 ? static_cast<std::uint32_t>(random_()) : below(1000);
        inode.gid = below(3) == 0 ? static_cast<std::uint32_t>(random_()) : below(1000);
        inode.mtime = {static_cast<std::int64_t>(random_()) * 4 - (std::int64_t{1} << 31),
                       below(1000000000)};
        inode.context = "system_u:object_r:" + std::string(1 + below(40), 't') + "_t:s0";
        if (below(4) == 0)
            inode.xattrs["security.capability"] = std::string("\1\0\0\2\0\4\0\0", 8) + text(12);
        // The kernel shows user attributes of these only.
        const bool plain = inode.type == FileType::regular || inode.type == FileType::directory;
        if (plain && below(4) == 0)
            inode.xattrs["user." + std::string(1 + below(200), 'n')] = text(below(3000));
        if (below(8) == 0)
            inode.xattrs["trusted.overlay.opaque"] = "y";
        tree_.put(path, std::move(inode));
    }

    std::string name(int number) {
        std::string result = std::to_string(number) + text(below(60));
        for (char& c : result)
            if (c == '/')
                c = '_';
        return result;
    }

    // Bytes other than zero.
    std::string text(std::size_t size) {
        std::string result(size, ' ');
        for (char& c : result)
            c = static_cast<char>(1 + below(255));
        return result;
    }

    std::string content() {
        std::string result;
        for (std::uint32_t i = below(12); i > 0; --i)
            result += below(2) == 0 ? std::string(below(20000), '\0') : text(below(5000));
        return result;
    }

    FileType special() {
        constexpr FileType kinds[] = {FileType::character, FileType::block, FileType::fifo,
                                      FileType::socket};
        return kinds[below(4)];
    }

    std::uint32_t below(std::uint32_t limit) {
        return static_cast<std::uint32_t>(random_() % limit);
    }
    const std::string& pick(const std::vector<std::string>& from) {
        return from[below(static_cast<std::uint32_t>(from.size()))];
    }

    std::mt19937 random_;
    tree::Tree tree_;
};

} // namespace

tree::Inode file(std::string content, std::uint16_t mode) {
    tree::Inode inode;
    inode.mode = mode;
    inode.content = tree::Content::bytes(std::move(content));
    return inode;
}

tree::Inode directory(std::uint16_t mode) {
    tree::Inode inode;
    inode.type = FileType::directory;
    inode.mode = mode;
    return inode;
}

tree::Inode symlink(std::string target) {
    tree::Inode inode;
    inode.type = FileType::symlink;
    inode.mode = 0777;
    inode.target = std::move(target);
    return inode;
}

tree::Inode node(FileType type, std::uint32_t major, std::uint32_t minor) {
    tree::Inode inode;
    inode.type = type;
    if (type == FileType::character || type == FileType::block) {
        inode.major = major;
        inode.minor = minor;
    }
    return inode;
}

tree::Tree tree_with_lost_found() {
    tree::Tree tree;
    tree.inode(tree::Tree::root).context = "system_u:object_r:root_t:s0";
    tree::Inode lost_found = directory(0700);
    lost_found.context = "system_u:object_r:lost_found_t:s0";
    tree.put("/lost+found", lost_found);
    return tree;
}

tree::Tree random_tree(std::uint32_t seed) {
    return Generator(seed).run();
}

void write_image(const tree::Tree& tree, const std::filesystem::path& image,
                 const image::WriteOptions& options) {
    const Interrupt never;
    process::SystemRunner runner(never);
    image::write_ext4(tree, image, options, runner, {});
}

std::vector<std::string> all_differences(const tree::Tree& expected, const tree::Tree& actual) {
    std::vector<std::string> result = image::compare(expected, actual);
    if (!result.empty())
        return result;
    expected.walk([&](const std::string& path, tree::InodeId id, bool first) {
        const tree::Inode& a = expected.inode(id);
        const tree::Inode& b = actual.inode(actual.find(path, false).value());
        if (a.mtime != b.mtime)
            result.push_back(printable(path) + ": nanoseconds");
        if (first && a.content.str() != b.content.str())
            result.push_back(printable(path) + ": content");
    });
    return result;
}

std::string run(std::vector<std::string> argv) {
    const Interrupt never;
    process::SystemRunner runner(never);
    process::Command command;
    command.argv = std::move(argv);
    command.environment = {{"LC_ALL", "C"}};
    return process::output_of(runner, command);
}

std::string e2fsck(const std::filesystem::path& image) {
    const Interrupt never;
    process::SystemRunner runner(never);
    std::string output;
    process::Command command;
    command.argv = {"e2fsck", "-fn", image.string()};
    command.on_output = [&output](std::string_view data) { output += data; };
    const process::Result result = runner.run(command);
    return result.ok() ? std::string() : output + result.error_tail;
}

std::string debugfs(const std::filesystem::path& image, const std::string& command) {
    return run({"debugfs", "-R", command, image.string()});
}

} // namespace selns::test
