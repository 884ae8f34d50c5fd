#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace selns::sandbox {

// Which system calls a worker may make (system_calls.cpp).
enum class Rights {
    parse,    // read and write descriptors that are open
    files,    // also files of its root, and programs that are there
    programs, // the same; what it starts sees no process but its own, and only one can be started
};

struct Limits {
    std::uint64_t memory = std::uint64_t{1} << 30U; // bytes of address space, of each process
    std::chrono::seconds cpu{60};                   // of processor time
    std::chrono::seconds time{120};                 // of the clock
    std::uint64_t root = 0; // bytes of files in its root; 0: none can be made
};

// What a worker sees of the world.
class Inside {
  public:
    virtual ~Inside() = default;
    virtual const std::string& request() const = 0;
    // The task's descriptor at PLACE; it stays open.
    virtual int descriptor(std::size_t place) const = 0;
    // Tells the parent what is being done.
    virtual void say(const std::string& line) = 0;
    // Hands a piece of the outcome over, at most largest_piece bytes.
    virtual void emit(std::string_view piece) = 0;
};

// Whether Limits::memory counts: not in a build with AddressSanitizer.
bool limits_memory();

inline constexpr std::size_t largest_piece = 64U << 20U;

// Work that is done in a sandbox. Define it as an object with static storage, beside the code that
// runs it: it registers itself under NAME, so that the program finds it when it is executed anew.
struct Worker {
    using Work = std::string (*)(Inside& inside);
    Worker(const char* name, Rights rights, Limits limits, Work work);

    const char* name;
    Rights rights;
    Limits limits;
    Work work;
};

// For main(), first thing: when this process was started to be a worker, it is one, and its exit
// status is returned.
std::optional<int> serve(int argc, char** argv);

} // namespace selns::sandbox
