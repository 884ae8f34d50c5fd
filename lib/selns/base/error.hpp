#pragma once

#include <exception>
#include <string>

namespace selns {

// A place in an input. Lines and columns count from 1; 0 means unknown.
struct Location {
    std::string file;
    int line = 0;
    int column = 0;

    bool known() const { return !file.empty(); }
    // "file:line:column", without the parts that are unknown.
    std::string str() const;
    bool operator==(const Location&) const = default;
};

// What kind of failure it is; decides the exit status (see exit_status()).
enum class ErrorKind {
    failed,        // 1: the work could not be done, or a check found something
    usage,         // 2: the command line is wrong
    invalid_input, // 3: a recipe or an input file is wrong
    tool_failed,   // 4: an external tool failed or is missing
    interrupted,   // 130
};

int exit_status(ErrorKind kind);

// The one exception type of the project. A message says what is wrong; a hint says what to do.
//
//     throw Error(ErrorKind::invalid_input, "no such boolean").at(where).hint("see `semanage
//     boolean -l`");
class Error : public std::exception {
  public:
    Error(ErrorKind kind, std::string message);

    Error& at(Location location) &;
    Error&& at(Location location) &&;
    // What the user can do about it, one sentence or several lines.
    Error& hint(std::string text) &;
    Error&& hint(std::string text) &&;
    // Puts "TEXT: " before the message: what was being done. The innermost context is added first.
    Error& context(const std::string& text) &;

    ErrorKind kind() const { return kind_; }
    const std::string& message() const { return message_; }
    const Location& location() const { return location_; }
    const std::string& hint() const { return hint_; }
    // "LOCATION: MESSAGE", then the hint on lines of its own.
    const char* what() const noexcept override { return what_.c_str(); }

  private:
    void compose();

    ErrorKind kind_;
    std::string message_;
    std::string hint_;
    Location location_;
    std::string what_;
};

// "MESSAGE: strerror(ERRNUM)"; ENOSPC and EDQUOT get a hint of their own.
Error system_error(std::string message, int errnum);

} // namespace selns
