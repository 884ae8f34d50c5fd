#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/hash.hpp"
#include "selns/base/text.hpp"
#include "support/catch.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <functional>
#include <tuple>
#include <vector>

using namespace selns;

namespace {

std::size_t entries(const std::filesystem::path& directory) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(directory),
                                                  std::filesystem::directory_iterator()));
}

} // namespace

TEST_CASE("a file appears only when it is committed") {
    const test::TempDir dir;
    const auto target = dir.path() / "out";
    {
        AtomicFile file(target);
        write_all(file.fd(), "half");
        CHECK_FALSE(std::filesystem::exists(target));
    }
    CHECK(entries(dir.path()) == 0);
    {
        AtomicFile file(target);
        write_all(file.fd(), "whole");
        file.commit();
    }
    CHECK(test::read_text(target) == "whole");
    CHECK(entries(dir.path()) == 1);
    write_file(target, "replaced");
    CHECK(test::read_text(target) == "replaced");
    CHECK(sha256_file(target) == sha256("replaced"));
}

TEST_CASE("a file that cannot be written is named") {
    const test::TempDir dir;
    const Fd fd(::open(dir.write("x", "").c_str(), O_RDONLY | O_CLOEXEC));
    CHECK_THROWS_WITH(write_all(fd.get(), "y"),
                      "cannot write " + (dir.path() / "x").string() + ": Bad file descriptor");
    CHECK_THROWS_WITH(write_all(-1, "y"), "cannot write: Bad file descriptor");
}

TEST_CASE("a file that does not fit is named as it would have been called") {
    const test::TempDir dir;
    const auto before = ::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
    const rlimit small{4, limit.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    std::string told;
    try {
        write_file(dir.path() / "a\nb", "12345678");
    } catch (const Error& error) {
        told = error.message();
    }
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
    ::signal(SIGXFSZ, before);
    CHECK(told == "cannot write " + printable((dir.path() / "a\nb").string()) + ": File too large");
    CHECK(entries(dir.path()) == 0);
}

TEST_CASE("a copy is whole, or an error") {
    const test::TempDir dir;
    const std::string content(200'000, 'x');
    const Fd from = open_read(dir.write("from", content));
    const Fd to(::open((dir.path() / "to").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    copy_all(from.get(), "from", to.get());
    CHECK(test::read_text(dir.path() / "to") == content);
    const Fd unreadable(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    CHECK_THROWS_WITH(copy_all(unreadable.get(), "it", to.get()), "cannot read it: Is a directory");
}

TEST_CASE("what a killed writer left is removed, what a living one holds is not") {
    const test::TempDir dir;
    const pid_t pid = ::fork();
    if (pid == 0) {
        AtomicFile file(dir.path() / "killed");
        write_all(file.fd(), "x");
        ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    AtomicFile living(dir.path() / "living");
    dir.write("other", "");
    CHECK(entries(dir.path()) == 3);
    AtomicFile::remove_stale(dir.path());
    CHECK(entries(dir.path()) == 2);
    CHECK(std::filesystem::exists(living.temporary()));
}

TEST_CASE("reading says what is wrong") {
    const test::TempDir dir;
    CHECK_THROWS_WITH(read_file(dir.path() / "none"), ContainsSubstring("No such file"));
    CHECK_THROWS_WITH(read_file(dir.path()), ContainsSubstring("directory"));
    const auto file = dir.write("file", "12345");
    CHECK(read_file(file, 5) == "12345");
    CHECK_THROWS_WITH(read_file(file, 4), ContainsSubstring("larger than 4"));
    const Fd fd = open_read(file);
    std::string data(3, ' ');
    pread_all(fd.get(), data.data(), 3, 1);
    CHECK(data == "234");
    CHECK_THROWS_AS(pread_all(fd.get(), data.data(), 3, 4), Error);
}

// Each of them is waited for without end, or never ends.
TEST_CASE("an input is a file") {
    const test::TempDir dir;
    const auto fifo = dir.path() / "fifo";
    REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    for (const std::filesystem::path& file : {fifo, std::filesystem::path("/dev/zero"), dir.path()})
        for (const auto& read : std::vector<std::function<void()>>{
                 [&] { read_file(file); }, [&] { sha256_file(file); },
                 [&] { open_read(file, Input::disk); }}) {
            INFO(file);
            try {
                read();
                FAIL("read");
            } catch (const Error& error) {
                CHECK(error.kind() == ErrorKind::invalid_input);
                CHECK_THAT(error.message(), ContainsSubstring(file.string()));
            }
        }
    CHECK_THROWS_AS(open_read("/dev/zero", Input::stream), Error);
    const Fd writer(::open(fifo.c_str(), O_RDWR | O_CLOEXEC));
    CHECK(open_read(fifo, Input::stream));
}

TEST_CASE("a file that is larger than its limit is not read") {
    const test::TempDir dir;
    const auto file = dir.write("file", "");
    std::filesystem::resize_file(file, std::uintmax_t{1} << 40U);
    CHECK_THROWS_WITH(read_file(file, 1000), ContainsSubstring("larger than 1000"));
    CHECK_THROWS_WITH(sha256_file(file, 1000), ContainsSubstring("larger than 1000"));
}

TEST_CASE("a new file has what the umask leaves of its mode") {
    const test::TempDir dir;
    const mode_t before = ::umask(0);
    for (const auto& [mask, wanted, mode] :
         {std::tuple(022U, 0666U, 0644U), std::tuple(077U, 0666U, 0600U),
          std::tuple(0U, 0600U, 0600U)}) {
        ::umask(mask);
        write_file(dir.path() / "file", "x", wanted);
        struct stat status = {};
        REQUIRE(::stat((dir.path() / "file").c_str(), &status) == 0);
        CHECK((status.st_mode & 07777U) == mode);
        CHECK(current_umask() == mask);
    }
    ::umask(before);
}
