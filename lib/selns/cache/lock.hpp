#pragma once

#include "selns/base/file.hpp"
#include "selns/base/interrupt.hpp"

#include <filesystem>
#include <functional>
#include <optional>

namespace selns::cache {

// An exclusive lock on a file that exists only while somebody holds or wants it. It goes with the
// process that holds it, however that one ends, so no time and no process id has to be trusted.
class Lock {
  public:
    // Waits for FILE's lock; ON_WAIT, when given, is called once if somebody else holds it.
    // Throws Error(interrupted) when INTERRUPT is raised meanwhile.
    static Lock wait(const std::filesystem::path& file, const Interrupt& interrupt,
                     const std::function<void()>& on_wait = {});
    // Nothing when somebody else holds it. CREATE: the file is made when it is missing, and an
    // Error says why it cannot be opened; otherwise there is no lock then.
    static std::optional<Lock> attempt(const std::filesystem::path& file, bool create);

    ~Lock();
    Lock(Lock&&) noexcept = default;
    Lock& operator=(Lock&&) = delete;

    int fd() const { return fd_.get(); }
    const std::filesystem::path& file() const { return file_; }
    // Lets go of the lock and leaves the file where it is.
    void keep_file();

  private:
    Lock(std::filesystem::path file, Fd fd) : file_(std::move(file)), fd_(std::move(fd)) {}

    std::filesystem::path file_;
    Fd fd_;
};

// A lock on DIRECTORY itself; nothing when somebody else holds it or it is no directory.
std::optional<Fd> lock_directory(const std::filesystem::path& directory);

// A lock on DIRECTORY that any number of processes hold together; waits for one that has it alone.
// Nothing where the file system has no such locks.
Fd share_directory(const std::filesystem::path& directory, const Interrupt& interrupt);
// Makes SHARED exclusive, for as long as it is open; false when others share it.
bool make_exclusive(const Fd& shared);

} // namespace selns::cache
