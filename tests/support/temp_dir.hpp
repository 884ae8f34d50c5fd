#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace selns::test {

// A directory that lives as long as the test case.
class TempDir {
  public:
    TempDir();
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::filesystem::path& path() const { return path_; }
    // Writes CONTENT to NAME below the directory (parents are made) and returns its path.
    std::filesystem::path write(std::string_view name, std::string_view content) const;

  private:
    std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& file);

} // namespace selns::test
