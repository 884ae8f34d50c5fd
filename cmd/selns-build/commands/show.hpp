#pragma once

#include <filesystem>

namespace selns::cmd {

struct ShowOptions {
    std::filesystem::path what;
    bool all = false;
    bool json = false;
};

} // namespace selns::cmd
