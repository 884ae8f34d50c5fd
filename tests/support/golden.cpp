#include "support/golden.hpp"

#include "support/temp_dir.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace selns::test {

std::string compare_golden(std::string_view name, std::string_view actual) {
    const auto file = std::filesystem::path(SELNS_SOURCE_DIR) / "tests" / name;
    if (const char* accept = std::getenv("SELNS_ACCEPT"); accept != nullptr && *accept == '1') {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file, std::ios::binary) << actual;
        return {};
    }
    const std::string expected = std::filesystem::exists(file) ? read_text(file) : std::string();
    if (expected == actual)
        return {};
    return "differs from " + file.string() + " (SELNS_ACCEPT=1 writes it)\n--- expected\n" +
           expected + "\n--- actual\n" + std::string(actual);
}

} // namespace selns::test
