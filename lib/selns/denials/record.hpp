#pragma once

#include "selns/base/error.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::denials {

// What the audit system calls an event: audit(TIME:SERIAL). It can hold several records.
struct Event {
    std::int64_t milliseconds = 0; // since 1970
    std::uint64_t serial = 0;
    auto operator<=>(const Event&) const = default;
};

// A denial as its line has it: views into that line, nothing decoded, nothing checked but that
// the fields that make a denial are there, once each.
struct RecordView {
    std::optional<Event> event;
    std::string_view permissions; // what stands between the braces
    std::string_view scontext;
    std::string_view tcontext;
    std::string_view srawcon;
    std::string_view trawcon;
    std::string_view tclass;
    std::optional<bool> permissive;
    std::string_view comm;
    std::string_view path;
    std::string_view name;
};

struct Line {
    enum class Kind { other, denial, malformed } kind = Kind::other;
    std::string_view reason; // of a malformed one; lives forever
    RecordView record;       // of a denial
};

// Reads one line, without its line feed, of the kernel's ring buffer or of auditd: whatever
// carries it, "avc:  denied" and what follows decide. ENDED tells whether the line feed was there:
// at the end of a cut file the last word may be half a word.
Line read_line(std::string_view line, bool ended = true);

// A denial, decoded.
struct Record {
    std::optional<Event> event;
    std::string scontext; // srawcon and trawcon when the kernel gave them: the contexts
    std::string tcontext; // themselves, where the printed ones are the unlabeled SID's
    std::string tclass;
    std::vector<std::string> permissions; // sorted, without repetition, at least one
    std::optional<bool> permissive;
    std::string comm; // these three are any bytes: print them through printable()
    std::string path;
    std::string name;
    Location at;
};

// Decodes and checks; nothing when a context, the class or a permission is no such thing, with
// the reason in REASON.
std::optional<Record> decode(const RecordView& view, std::string_view& reason);

// A value that an untrusted program chose, as the audit system writes it: quoted, or as bare
// hexadecimal digits.
std::string decode_value(std::string_view value);

} // namespace selns::denials
