#include "selns/launch/unit_text.hpp"

namespace selns::launch {

namespace {

std::string quote(std::string_view text, bool variables) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        if (c == '%' || (c == '$' && variables))
            quoted += c;
        quoted += c;
    }
    return quoted + '"';
}

} // namespace

std::string unit_word(std::string_view text) {
    return quote(text, false);
}

std::string exec_argument(std::string_view text) {
    return quote(text, true);
}

} // namespace selns::launch
