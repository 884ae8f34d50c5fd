#include "selns/base/hash.hpp"

#include "selns/base/error.hpp"
#include "selns/base/file.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace selns {

struct Sha256::State {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context{EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free};
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
    if (!state_->context || EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) != 1)
        throw Error(ErrorKind::failed, "SHA-256 is not available in this libcrypto");
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(std::string_view data) {
    EVP_DigestUpdate(state_->context.get(), data.data(), data.size());
    return *this;
}

std::string Sha256::hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned int size = 0;
    EVP_DigestFinal_ex(state_->context.get(), digest.data(), &size);
    std::string text;
    for (unsigned int i = 0; i < size; ++i)
        text += fmt::format("{:02x}", digest[i]);
    return text;
}

std::string sha256(std::string_view data) {
    return Sha256().update(data).hex();
}

std::string sha256_file(const std::filesystem::path& file) {
    const Fd fd = open_read(file);
    Sha256 hash;
    std::string buffer(1U << 17U, '\0'); // stays in the processor's cache
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw system_error("cannot read " + file.string(), errno);
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
