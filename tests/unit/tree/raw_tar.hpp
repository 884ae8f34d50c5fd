#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace selns::test {

// A tar made by hand, for what no archiver would write. Fields go in as they are.
class RawTar {
  public:
    struct Header {
        std::string name;
        char type = '0';
        std::string link = {};
        std::string size = "00000000000"; // octal digits
        std::string mode = "0000644";
        std::string major = "0000000";
        std::string minor = "0000000";
    };

    RawTar& header(const Header& header);
    // Bytes, and zeros up to the next 512.
    RawTar& block(std::string_view bytes);

    RawTar& file(std::string_view name, std::string_view content);
    RawTar& directory(std::string_view name);
    RawTar& symlink(std::string_view name, std::string_view target);
    RawTar& hard_link(std::string_view name, std::string_view target);
    // A pax header for the entry that follows.
    using Records = std::vector<std::pair<std::string, std::string>>;
    RawTar& pax(const Records& records);
    RawTar& pax(const std::string& key, const std::string& value) { return pax({{key, value}}); }

    // With the two blocks that end an archive.
    std::string end() const { return bytes_ + std::string(1024, '\0'); }
    const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

} // namespace selns::test
