#pragma once

#include "selns/yaml/parse.hpp"
#include "support/catch.hpp"

#include <string>

namespace selns::test {

// What is wrong with TEXT, or "no error".
inline std::string error_of(const std::string& text, yaml::Places places = yaml::Places::lines) {
    Diagnostics problems;
    try {
        yaml::parse(text, "a.yaml", problems, places);
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::invalid_input);
        return error.what();
    }
    return "no error";
}

} // namespace selns::test
