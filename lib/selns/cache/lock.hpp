#pragma once

#include "selns/base/file.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/cache/directory.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

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
    static std::optional<Lock> attempt(Directory directory, const std::string& name, bool create);

    ~Lock();
    Lock(Lock&&) noexcept = default;
    Lock& operator=(Lock&&) = delete;

    int fd() const { return fd_.get(); }
    const std::string& name() const { return name_; } // of the file
    // Lets go of the lock and leaves the file where it is.
    void keep_file();

  private:
    Lock(Directory directory, std::string name, Fd fd)
        : directory_(std::move(directory)), name_(std::move(name)), fd_(std::move(fd)) {}

    Directory directory_;
    std::string name_;
    Fd fd_;
};

// A lock on DIRECTORY itself, also in the place of a shared one; false when somebody else holds it.
// It goes with the descriptor.
bool lock_directory(const Directory& directory);
// Waits for it, or until NEEDLESS, then without it; on another descriptor, so that DIRECTORY's own
// keeps what it has.
Fd lock_alone(const Directory& directory, const Interrupt& interrupt,
              const std::function<bool()>& needless);
// A lock that any number of processes hold together; waits for one that has it alone. A file system
// without such locks goes without.
void share_directory(const Directory& directory, const Interrupt& interrupt);

} // namespace selns::cache
