#pragma once

#include "selns/label/label.hpp"
#include "support/temp_dir.hpp"

#include <cstdint>
#include <optional>
#include <string>

struct selabel_handle;

namespace selns::label::test {

// The machine's libselinux, reading the same specifications as text.
class Oracle {
  public:
    explicit Oracle(const Specifications& specifications);
    ~Oracle();
    Oracle(const Oracle&) = delete;
    Oracle& operator=(const Oracle&) = delete;

    bool opened() const { return handle_ != nullptr; }
    // Nothing for no match and for <<none>>, which libselinux does not tell apart.
    std::optional<std::string> find(const std::string& path, std::uint32_t type) const;

  private:
    selns::test::TempDir directory_;
    selabel_handle* handle_ = nullptr;
};

// What a Matcher says, in the oracle's terms.
std::optional<std::string> context_of(const Matcher& matcher, const std::string& path,
                                      std::uint32_t type);

// The specifications below a directory of this machine; nothing when there are none.
std::optional<Specifications> installed(const std::string& files_directory);

} // namespace selns::label::test
