#define PCRE2_CODE_UNIT_WIDTH 8

#include "selns/label/regex.hpp"

#include "selns/base/error.hpp"

#include <pcre2.h>

#include <array>
#include <cstdint>
#include <new>

namespace selns::label {

namespace {

constexpr std::uint32_t heap_limit_kib = 16 * 1024;

PCRE2_SPTR8 bytes(std::string_view text) {
    return reinterpret_cast<PCRE2_SPTR8>(text.data()); // PCRE2's characters are unsigned
}

std::string reason(int code) {
    std::array<PCRE2_UCHAR8, 256> buffer{};
    const int length = pcre2_get_error_message_8(code, buffer.data(), buffer.size());
    return {buffer.begin(), buffer.begin() + (length > 0 ? length : 0)};
}

} // namespace

MatchMemory::MatchMemory() : data_(pcre2_match_data_create_8(1, nullptr)) {
    if (!data_)
        throw std::bad_alloc();
}

void MatchMemory::Free::operator()(pcre2_match_data_8* data) const {
    pcre2_match_data_free_8(data);
}

MatchLimits::MatchLimits(std::uint32_t steps) : context_(pcre2_match_context_create_8(nullptr)) {
    if (!context_)
        throw std::bad_alloc();
    pcre2_set_match_limit_8(context_.get(), steps);
    pcre2_set_heap_limit_8(context_.get(), heap_limit_kib);
}

void MatchLimits::Free::operator()(pcre2_match_context_8* context) const {
    pcre2_match_context_free_8(context);
}

Regex::Regex(std::string_view text) {
    // Not grouped, since libselinux does not: a "|" at the top splits the anchors too.
    std::string anchored;
    anchored.reserve(text.size() + 2);
    anchored.append("^").append(text).append("$");
    int error = 0;
    PCRE2_SIZE offset = 0;
    code_.reset(
        pcre2_compile_8(bytes(anchored), anchored.size(), PCRE2_DOTALL, &error, &offset, nullptr));
    if (!code_)
        throw Error(ErrorKind::invalid_input, "invalid regular expression: " + reason(error));
}

void Regex::Free::operator()(pcre2_code_8* code) const {
    pcre2_code_free_8(code);
}

void Regex::speed_up() {
    // Where executable memory is refused, matching stays interpreted.
    pcre2_jit_compile_8(code_.get(), PCRE2_JIT_COMPLETE);
}

Regex::Outcome Regex::match(std::string_view subject, const MatchMemory& memory,
                            const MatchLimits& limits) const {
    int result = pcre2_match_8(code_.get(), bytes(subject), subject.size(), 0, 0, memory.get(),
                               limits.get());
    if (result == PCRE2_ERROR_JIT_STACKLIMIT)
        result = pcre2_match_8(code_.get(), bytes(subject), subject.size(), 0, PCRE2_NO_JIT,
                               memory.get(), limits.get());
    if (result >= 0)
        return Outcome::match;
    return result == PCRE2_ERROR_NOMATCH ? Outcome::no_match : Outcome::limit;
}

std::size_t Regex::size() const {
    std::size_t size = 0, machine_code = 0;
    pcre2_pattern_info_8(code_.get(), PCRE2_INFO_SIZE, &size);
    pcre2_pattern_info_8(code_.get(), PCRE2_INFO_JITSIZE, &machine_code);
    return size + machine_code;
}

} // namespace selns::label
