#include "selns/base/hash.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/interrupt.hpp"

#include <fmt/format.h>
#include <nettle/sha2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace selns {

struct Sha256::State {
    sha256_ctx context = {};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    sha256_init(&state_->context);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(std::string_view data) {
    sha256_update(&state_->context, data.size(),
                  reinterpret_cast<const std::uint8_t*>(data.data()));
    return *this;
}

std::string Sha256::hex() {
    std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest;
    sha256_digest(&state_->context, digest.size(), digest.data());
    std::string text;
    for (const std::uint8_t byte : digest)
        text += fmt::format("{:02x}", byte);
    return text;
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string sha256(std::string_view data) {
    return Sha256().update(data).hex();
}

std::string sha256_file(const std::filesystem::path& file, std::uint64_t limit) {
    const Fd fd = open_read(file);
    struct stat status = {};
    if (::fstat(fd.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) > limit)
        throw Error(ErrorKind::invalid_input,
                    file.string() + " is larger than " + std::to_string(limit) + " bytes");
    return sha256_of(fd.get(), file.string());
}

std::string sha256_of(int fd, const std::string& name) {
    Sha256 hash;
    std::string buffer(1U << 17U, '\0'); // stays in the processor's cache
    for (;;) {
        interruption_point();
        const ssize_t got = ::read(fd, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw system_error("cannot read " + name, errno);
        if (got == 0)
            return hash.hex();
        hash.update({buffer.data(), static_cast<std::size_t>(got)});
    }
}

Fingerprint& Fingerprint::add(std::string_view field) {
    hash_.update(std::to_string(field.size())).update(":").update(field);
    return *this;
}

} // namespace selns
