#include "selns/base/error.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

namespace selns {

std::string Location::str() const {
    std::string text = file;
    if (line > 0)
        text += ":" + std::to_string(line);
    if (line > 0 && column > 0)
        text += ":" + std::to_string(column);
    return text;
}

int exit_status(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::failed:
        return 1;
    case ErrorKind::usage:
        return 2;
    case ErrorKind::invalid_input:
        return 3;
    case ErrorKind::tool_failed:
        return 4;
    case ErrorKind::interrupted:
        return 130;
    }
    return 1;
}

Error::Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {
    compose();
}

Error& Error::at(Location location) & {
    location_ = std::move(location);
    compose();
    return *this;
}

Error&& Error::at(Location location) && {
    return std::move(at(std::move(location)));
}

Error& Error::hint(std::string text) & {
    hint_ = std::move(text);
    compose();
    return *this;
}

Error&& Error::hint(std::string text) && {
    return std::move(hint(std::move(text)));
}

Error& Error::context(const std::string& text) & {
    message_ = text + ": " + message_;
    compose();
    return *this;
}

void Error::compose() {
    what_ = location_.known() ? location_.str() + ": " + message_ : message_;
    if (!hint_.empty())
        what_ += "\n" + hint_;
}

Error system_error(std::string message, int errnum) {
    Error error(ErrorKind::failed, message + ": " + std::generic_category().message(errnum));
    if (errnum == ENOSPC || errnum == EDQUOT)
        error.hint("free some space there, or use another directory "
                   "(-o for outputs, XDG_CACHE_HOME for the cache, TMPDIR for temporary roots)");
    return error;
}

} // namespace selns
