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
std::string sha256_file(const std::filesystem::path& file);

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
