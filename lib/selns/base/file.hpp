#pragma once

#include "selns/base/error.hpp"

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace selns {

// An owned file descriptor, opened with O_CLOEXEC.
class Fd {
  public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    ~Fd() { reset(); }
    Fd(Fd&& other) noexcept : fd_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept;
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release();
    void reset();

  private:
    int fd_ = -1;
};

struct Pipe {
    Fd read;
    Fd write;
};
Pipe make_pipe(); // both ends O_CLOEXEC

// "DOING FILE: strerror(ERRNUM)", by the name that FD has.
Error file_error(const std::string& doing, int fd, int errnum);

// What an input may be. A file of another kind might never end, or be waited for without end.
enum class Input : std::uint8_t {
    file,   // a regular file
    disk,   // or a block device
    stream, // or a pipe
};

// They throw an Error that names the file; an input that is missing or of another kind than WHAT is
// ErrorKind::invalid_input.
Fd open_read(const std::filesystem::path& file, Input what = Input::file);
// At most LIMIT bytes; a larger file is an invalid_input Error. The second reads from where FD is,
// which messages call NAME.
inline constexpr std::uint64_t most_read = 256U << 20U;
std::string read_file(const std::filesystem::path& file, std::uint64_t limit = most_read);
std::string read_all(int fd, const std::string& name, std::uint64_t limit);

// An Error names the file that FD is; that of an AtomicFile by the name that it will have.
void write_all(int fd, std::string_view data);
// Reads exactly SIZE bytes at OFFSET; an early end is an Error.
void pread_all(int fd, char* data, std::size_t size, std::uint64_t offset);

// Writes to TO all that FROM still has; messages call the latter NAME. Only its end ends it: what
// cannot be read is an Error.
void copy_all(int from, const std::string& name, int to);

// What this process takes from the modes of new files. In one thread at a time: it is set to ask.
mode_t current_umask();

// A file that appears under its name only when it is complete: written beside it under a hidden
// temporary name, then fsync and rename. Without commit() nothing is left. Made in one thread at a
// time, since it asks for the process's umask; several can be committed at once.
class AtomicFile {
  public:
    // It gets MODE without what the umask takes away.
    explicit AtomicFile(std::filesystem::path target, mode_t mode = 0666);
    ~AtomicFile();
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;

    int fd() const { return fd_.get(); }
    // The temporary name, for libraries and tools that open files by name.
    const std::filesystem::path& temporary() const { return temporary_; }
    // Waits until what was written is on the disk; commit() then has little to wait for.
    void sync();
    void commit();

    // Removes what killed runs left beside outputs in DIRECTORY: temporary files whose writer
    // is gone.
    static void remove_stale(const std::filesystem::path& directory);

  private:
    std::filesystem::path target_;
    std::filesystem::path temporary_;
    mode_t mode_ = 0; // what a new file would get
    Fd fd_;
};

// Replaces TARGET with CONTENT, atomically.
void write_file(const std::filesystem::path& target, std::string_view content, mode_t mode = 0666);

} // namespace selns
