#include "generate.hpp"

#include <random>
#include <string>
#include <vector>

namespace selns::test {

namespace {

using namespace tree;

class Generator {
  public:
    explicit Generator(std::uint32_t seed) : random_(seed) {}

    Tree make(int count) {
        Tree tree;
        tree.inode(Tree::root) = inode(FileType::directory);
        std::vector<InodeId> directories{Tree::root};
        std::vector<InodeId> files;
        for (int made = 0; made < count; ++made) {
            const InodeId parent = pick(directories);
            const std::string name = this->name();
            if (tree.child(parent, name))
                continue;
            const unsigned kind = below(20);
            if (kind < 6) {
                directories.push_back(tree.put_child(parent, name, inode(FileType::directory)));
            } else if (kind < 8 && !files.empty()) {
                tree.link_child(parent, name, pick(files));
            } else {
                files.push_back(tree.put_child(parent, name, inode(file_type(kind))));
            }
        }
        return tree;
    }

  private:
    unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }
    InodeId pick(const std::vector<InodeId>& from) {
        return from[below(static_cast<unsigned>(from.size()))];
    }

    static FileType file_type(unsigned kind) {
        switch (kind) {
        case 16:
            return FileType::character;
        case 17:
            return FileType::block;
        case 18:
            return FileType::fifo;
        case 19:
        case 15:
            return FileType::symlink;
        default:
            return FileType::regular;
        }
    }

    std::string bytes(unsigned size, bool anything) {
        std::string text;
        for (unsigned i = 0; i < size; ++i) {
            char c = static_cast<char>(anything ? below(256) : 'a' + below(26));
            if (c == '\0' || c == '/')
                c = '_';
            text += c;
        }
        return text;
    }

    std::string name() {
        static const std::vector<std::string> odd = {"Főtanúsítvány.crt",
                                                     "nfd_e\xcc\x81",
                                                     "new\nline",
                                                     " ",
                                                     "...",
                                                     "-rf",
                                                     "\xff\xfe",
                                                     "a=b",
                                                     "\\",
                                                     "back\\101",
                                                     "~",
                                                     "#",
                                                     "%25",
                                                     "x\r"};
        switch (below(8)) {
        case 0:
            return odd[below(static_cast<unsigned>(odd.size()))];
        case 1:
            return bytes(1 + below(20), true);
        case 2:
            return bytes(90 + below(166), false);
        default:
            return bytes(1 + below(10), false);
        }
    }

    Inode inode(FileType type) {
        Inode inode;
        inode.type = type;
        inode.mode = static_cast<std::uint16_t>(type == FileType::symlink ? 0777 : below(010000));
        inode.uid = below(4) == 0 ? below(4'000'000'000U) : below(1000);
        inode.gid = below(4) == 0 ? below(4'000'000'000U) : below(1000);
        inode.mtime.seconds = below(8) == 0 ? 8'589'934'592 + below(1000) : below(2'000'000'000U);
        inode.mtime.nanoseconds = below(2) == 0 ? below(1'000'000'000U) : 0;
        if (type == FileType::regular && below(4) > 0)
            inode.content = Content::bytes(std::string(below(3000), static_cast<char>(below(256))) +
                                           bytes(below(40), true));
        if (type == FileType::symlink)
            inode.target = (below(2) == 0 ? "/" : "../") + bytes(1 + below(150), below(4) == 0);
        if (type == FileType::character || type == FileType::block) {
            inode.major = below(4096);
            inode.minor = below(1U << 20U);
        }
        if (below(2) == 0)
            inode.context = "system_u:object_r:" + bytes(5, false) + "_t:s0";
        if (below(4) == 0)
            inode.xattrs["user.x=%" + bytes(3, false)] = std::string("\n=\0 ", 4) + bytes(9, true);
        if (below(8) == 0)
            inode.xattrs["user.empty"] = "";
        return inode;
    }

    std::mt19937 random_;
};

} // namespace

Tree generate_tree(std::uint32_t seed, int count) {
    return Generator(seed).make(count);
}

} // namespace selns::test
