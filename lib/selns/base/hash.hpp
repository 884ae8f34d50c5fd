#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace selns {

// SHA-256, fed in pieces.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    Sha256& update(std::string_view data);
    // 64 lower-case hexadecimal digits. Ends the computation.
    std::string hex();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

std::string sha256(std::string_view data);
// Whether TEXT has that form.
bool is_sha256(std::string_view text);

// Of a regular file; one that is larger than LIMIT is an invalid_input Error, as what read_file()
// refuses is. No input is as large as the default, but a file of holes may be.
inline constexpr std::uint64_t most_hashed = std::uint64_t{64} << 30U; // bytes
std::string sha256_file(const std::filesystem::path& file, std::uint64_t limit = most_hashed);
// Of what is open as FD from where it is, called NAME in errors.
std::string sha256_of(int fd, const std::string& name);

// Names something by everything that made it. Fields are length-delimited, so that neighbours
// cannot run into each other.
class Fingerprint {
  public:
    explicit Fingerprint(std::string_view kind) { add(kind); }
    Fingerprint& add(std::string_view field);
    Fingerprint& add(std::string_view name, std::string_view value) { return add(name).add(value); }
    std::string hex() { return hash_.hex(); }

  private:
    Sha256 hash_;
};

} // namespace selns
