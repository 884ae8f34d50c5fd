#include "selns/base/error.hpp"
#include "selns/tree/archive.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <thread>

using namespace selns;
using namespace selns::tree;

namespace {

// Exchanges A and B as soon as somebody opens A.
class Racer {
  public:
    Racer(std::filesystem::path a, std::filesystem::path b)
        : events_(::inotify_init1(IN_CLOEXEC)), thread_([this, a, b] {
              struct pollfd event = {events_.get(), POLLIN, 0};
              while (!ended_)
                  if (::poll(&event, 1, 10) == 1) {
                      ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
                      return;
                  }
          }) {
        REQUIRE(::inotify_add_watch(events_.get(), a.c_str(), IN_OPEN) >= 0);
    }
    ~Racer() {
        ended_ = true;
        thread_.join();
    }
    Racer(const Racer&) = delete;
    Racer& operator=(const Racer&) = delete;

  private:
    Fd events_;
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

std::string refused(const std::filesystem::path& directory, const Limits& limits) {
    try {
        read_root(directory, limits);
        return {};
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        return error.message();
    }
}

} // namespace

TEST_CASE("a root directory is taken as it is") {
    const test::TempDir dir;
    const auto file = dir.write("etc/file", "text");
    ::chmod(file.c_str(), 04711);
    std::filesystem::create_hard_link(file, dir.path() / "etc/same");
    std::filesystem::create_symlink("/nowhere", dir.path() / "etc/link");
    const struct timespec times[2] = {{1000, 5}, {1000, 5}};
    ::utimensat(AT_FDCWD, file.c_str(), times, 0);
    const bool xattrs = ::setxattr(file.c_str(), "user.note", "x", 1, 0) == 0;
    const bool owned = ::chown((dir.path() / "etc").c_str(), 5, 6) == 0;

    const Tree tree = read_root(dir.path());
    const Inode& inode = tree.inode(*tree.find("/etc/file"));
    CHECK(inode.mode == 04711);
    CHECK(inode.mtime == Timestamp{1000, 5});
    CHECK(inode.uid == 0);
    CHECK(tree.read("/etc/file") == "text");
    CHECK(tree.find("/etc/same") == tree.find("/etc/file"));
    CHECK(tree.inode(*tree.find("/etc/link", false)).target == "/nowhere");
    if (xattrs)
        CHECK(inode.xattrs.at("user.note") == "x");
    if (owned)
        CHECK(tree.inode(*tree.find("/etc")).gid == 6);
}

TEST_CASE("of a root directory's devices, those of every /dev are taken; sockets are left out") {
    const test::TempDir dir;
    std::filesystem::create_directory(dir.path() / "dev");
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    (dir.path() / "socket").string().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(fd, reinterpret_cast<const struct sockaddr*>(&address), sizeof address) == 0);
    ::close(fd);
    CHECK(read_root(dir.path()).size() == 2);
    if (::mknod((dir.path() / "dev/null").c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) {
        WARN("skipped: no devices can be made here");
        return;
    }
    const Tree tree = read_root(dir.path());
    CHECK(tree.inode(*tree.find("/dev/null")).minor == 3);
    REQUIRE(::mknod((dir.path() / "null").c_str(), S_IFCHR | 0666, makedev(1, 3)) == 0);
    CHECK_THROWS_WITH(read_root(dir.path()), ContainsSubstring("a device, other than"));
}

TEST_CASE("a directory that becomes a symbolic link while it is read brings nothing from there") {
    const test::TempDir dir;
    dir.write("secret/below/secret", "");
    dir.write("root/parent/below/file", "mine");
    std::filesystem::create_directory_symlink("../secret", dir.path() / "root/link");
    // It takes a while from the first to the last name of it.
    for (int i = 0; i < 1000; ++i)
        dir.write("root/parent/" + std::to_string(i), "");
    for (int round = 0; round < 5; ++round) {
        const auto parent = dir.path() / "root/parent";
        const auto link = dir.path() / "root/link";
        if (std::filesystem::is_symlink(parent))
            ::renameat2(AT_FDCWD, parent.c_str(), AT_FDCWD, link.c_str(), RENAME_EXCHANGE);
        const Racer racer(parent, link);
        try {
            const Tree tree = read_root(dir.path() / "root");
            CHECK_FALSE(tree.find("/parent/below/secret", false));
        } catch (const Error& error) {
            CHECK_THAT(error.message(), ContainsSubstring("was changed while it was being read"));
        }
    }
}

TEST_CASE("content comes from the file that was looked at, or not at all") {
    const test::TempDir dir;
    const auto root = dir.path() / "root";
    dir.write("secret/file", "secret");
    dir.write("root/a/file", "mine..");
    const Tree tree = read_root(root);
    CHECK(tree.read("/a/file") == "mine..");
    const auto gone = [&] {
        CHECK_THROWS_WITH(tree.read("/a/file"), ContainsSubstring("was changed"));
    };
    SECTION("its directory became a symbolic link") {
        std::filesystem::rename(root / "a", root / "b");
        std::filesystem::create_directory_symlink("../secret", root / "a");
        gone();
        std::filesystem::remove(root / "a");
        std::filesystem::create_directory_symlink("b", root / "a"); // to the very same file
        gone();
    }
    SECTION("it became one") {
        std::filesystem::remove(root / "a/file");
        std::filesystem::create_symlink(dir.path() / "secret/file", root / "a/file");
        gone();
    }
    SECTION("it became a pipe, which nobody writes to") {
        std::filesystem::remove(root / "a/file");
        REQUIRE(::mkfifo((root / "a/file").c_str(), 0600) == 0);
        gone();
    }
    SECTION("it became another file") {
        dir.write("root/a/other", "other.");
        std::filesystem::rename(root / "a/other", root / "a/file");
        gone();
    }
}

TEST_CASE("a root directory has limits") {
    const test::TempDir dir;
    dir.write("a/b/c", "12345678");
    dir.write("d", "");
    std::filesystem::create_symlink("a", dir.path() / "e");
    Limits limits = Limits::from_others();
    CHECK(refused(dir.path(), limits).empty());
    SECTION("of depth") {
        limits.depth = 2;
        CHECK(refused(dir.path(), limits) ==
              (dir.path() / "a/b/c").string() + ": too many directories in each other");
        limits.depth = 3;
        CHECK(refused(dir.path(), limits).empty());
    }
    SECTION("of entries") {
        limits.entries = 4;
        CHECK_THAT(refused(dir.path(), limits), ContainsSubstring("too many files"));
        limits.entries = 5;
        CHECK(refused(dir.path(), limits).empty());
    }
    SECTION("of inodes") {
        limits.inodes = 2;
        CHECK_THAT(refused(dir.path(), limits), ContainsSubstring("too many files"));
    }
    SECTION("of names and targets") {
        limits.metadata = 5;
        CHECK_THAT(refused(dir.path(), limits), ContainsSubstring("too many names"));
    }
    SECTION("of a directory's attributes") {
        const std::string value(100, 'x');
        limits.metadata = 50;
        CHECK(refused(dir.path(), limits).empty());
        const auto b = dir.path() / "a/b";
        if (::setxattr(b.c_str(), "user.note", value.data(), value.size(), 0) == 0)
            CHECK(refused(dir.path(), limits) ==
                  b.string() + ": too many names and attributes for an image");
    }
    SECTION("of content") {
        limits.content = 7;
        CHECK_THAT(refused(dir.path(), limits), ContainsSubstring("larger together"));
    }
    SECTION("of holes") {
        std::filesystem::resize_file(dir.path() / "d", std::uintmax_t{1} << 30U);
        CHECK_THAT(refused(dir.path(), limits),
                   ContainsSubstring("far larger than what they hold"));
        limits.any_sparse = true;
        CHECK(refused(dir.path(), limits).empty());
    }
}

TEST_CASE("a deep directory is read, or refused, without running out of anything") {
    const test::TempDir dir;
    std::string path = dir.path() / "root";
    std::filesystem::create_directory(path);
    int at = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    const std::string name(200, 'd');
    for (int depth = 0; depth < 300; ++depth) {
        REQUIRE(::mkdirat(at, name.c_str(), 0700) == 0);
        const int next = ::openat(at, name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        ::close(at);
        at = next;
    }
    ::close(at);
    CHECK_THAT(refused(path, Limits::from_others()), ContainsSubstring("too many directories"));
    CHECK(read_root(path, {}).size() == 301);
    CHECK_THROWS_WITH(read_directory(path, {}, Limits::from_others()),
                      ContainsSubstring("too many directories"));
}

TEST_CASE("what is mounted below a root directory is left out") {
    const test::TempDir dir;
    dir.write("root/here/file", "");
    dir.write("other/there", "");
    const auto here = dir.path() / "root/here";
    if (::mount((dir.path() / "other").c_str(), here.c_str(), nullptr, MS_BIND, nullptr) != 0) {
        WARN("skipped: nothing can be mounted here");
        return;
    }
    const Tree tree = read_root(dir.path() / "root");
    ::umount2(here.c_str(), MNT_DETACH);
    CHECK(tree.find("/here"));
    CHECK_FALSE(tree.find("/here/there"));
}

TEST_CASE("a pipe is taken as one, and not read") {
    const test::TempDir dir;
    REQUIRE(::mkfifo((dir.path() / "pipe").c_str(), 0600) == 0);
    CHECK(read_root(dir.path()).inode(1).type == FileType::fifo);
    CHECK(read_directory(dir.path(), {}).inode(1).type == FileType::fifo);
}
