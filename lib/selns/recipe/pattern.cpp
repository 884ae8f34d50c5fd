#define PCRE2_CODE_UNIT_WIDTH 8

#include "selns/recipe/pattern.hpp"

#include <pcre2.h>

#include <new>
#include <stdexcept>
#include <utility>

namespace selns::recipe {

namespace {

PCRE2_SPTR8 bytes(std::string_view text) {
    return reinterpret_cast<PCRE2_SPTR8>(text.data()); // PCRE2's characters are unsigned
}

pcre2_code_8* compile(const std::string& source) {
    int error = 0;
    PCRE2_SIZE at = 0;
    pcre2_code_8* code =
        pcre2_compile_8(bytes(source), source.size(), PCRE2_DOLLAR_ENDONLY, &error, &at, nullptr);
    if (code == nullptr)
        throw std::logic_error("not a regular expression: " + source);
    return code;
}

} // namespace

void Pattern::Free::operator()(pcre2_code_8* code) const {
    pcre2_code_free_8(code);
}

Pattern::Pattern(std::string source) : source_(std::move(source)) {}

bool Pattern::matches(std::string_view text) const {
    std::call_once(compiled_, [this] { code_.reset(compile(source_)); });
    const std::unique_ptr<pcre2_match_data_8, decltype(&pcre2_match_data_free_8)> data(
        pcre2_match_data_create_8(1, nullptr), pcre2_match_data_free_8);
    if (!data)
        throw std::bad_alloc();
    return pcre2_match_8(code_.get(), bytes(text), text.size(), 0, 0, data.get(), nullptr) >= 0;
}

} // namespace selns::recipe
