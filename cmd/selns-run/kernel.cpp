#include "selns-run/kernel.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace selns::run {

Handle& Handle::operator=(Handle&& other) noexcept {
    if (this != &other) {
        reset();
        kernel_ = other.kernel_;
        fd_ = other.release();
    }
    return *this;
}

int Handle::release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
}

void Handle::reset() {
    if (fd_ >= 0)
        kernel_->close(fd_);
    fd_ = -1;
}

Error failure(const std::string& what, long error, const std::string& hint) {
    return Error(ErrorKind::failed, "cannot " + what + ": " +
                                        std::generic_category().message(static_cast<int>(-error)))
        .hint(hint);
}

Error refusal(const std::string& message, const std::string& hint) {
    return Error(ErrorKind::failed, message).hint(hint);
}

std::string text_of(const Error& error) {
    return error.message() + '\0' + error.hint();
}

Error error_of(const std::string& text) {
    const std::size_t end = std::min(text.size(), text.find('\0'));
    return refusal(text.substr(0, end), text.substr(std::min(text.size(), end + 1)));
}

long must(long result, const std::string& what, const std::string& hint) {
    if (result < 0)
        throw failure(what, result, hint);
    return result;
}

std::string printable(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c < ' ' || c > '~')
            c = '?';
    return result;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> result;
    for (const std::string& word : words)
        result.push_back(const_cast<char*>(word.c_str())); // NOLINT: execve does not write
    result.push_back(nullptr);
    return result;
}

long open_below(Kernel& kernel, int root, const std::string& path, std::uint64_t flags,
                std::uint64_t resolve, std::uint64_t mode) {
    const std::uint64_t no_terminal = (flags & O_PATH) == 0 ? O_NOCTTY : 0;
    return kernel.openat2(root, path, flags | O_CLOEXEC | no_terminal, mode,
                          RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve);
}

long open_regular(Kernel& kernel, int root, const std::string& path, std::uint64_t flags,
                  std::uint64_t resolve, struct stat& status) {
    Handle file(kernel, open_below(kernel, root, path, flags, resolve));
    const long looked = file ? kernel.stat(file.get(), status) : 0;
    if (looked < 0 || (file && !S_ISREG(status.st_mode)))
        return looked < 0 ? looked : -EACCES;
    return file.release();
}

long read_all(Kernel& kernel, int file, std::string& content, std::size_t limit) {
    content.clear();
    std::string piece(std::size_t{64} << 10U, '\0');
    for (;;) {
        const long got = kernel.read(file, piece.data(), piece.size());
        if (got <= 0)
            return got;
        content.append(piece, 0, static_cast<std::size_t>(got));
        if (content.size() > limit)
            return -EFBIG;
    }
}

std::string read_setting(Kernel& kernel, int directory, const std::string& name) {
    const Handle file(kernel, kernel.openat2(directory, name, O_RDONLY | O_CLOEXEC, 0, 0));
    std::string text;
    if (!file || read_all(kernel, file.get(), text, 4096) < 0)
        return {};
    while (!text.empty() && (text.back() == '\n' || text.back() == '\0'))
        text.pop_back();
    return text;
}

long write_setting(Kernel& kernel, int directory, const std::string& name, std::string_view value) {
    const Handle file(kernel, kernel.openat2(directory, name, O_WRONLY | O_CLOEXEC, 0, 0));
    // A handle holds the errno of an open that failed.
    return file ? kernel.write(file.get(), value.data(), value.size()) : file.get();
}

} // namespace selns::run
