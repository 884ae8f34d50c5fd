#pragma once

#include <string>

namespace selns::test {

// A key of the store that ends with END.
inline std::string key(const std::string& end) {
    return std::string(64 - end.size(), '0') + end;
}

} // namespace selns::test
