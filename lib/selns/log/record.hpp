#pragma once

#include "selns/base/error.hpp"
#include "selns/log/carrier.hpp"
#include "selns/log/moment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace selns::log {

enum class DenialKind {
    access,              // avc: denied
    computed_sid,        // security_compute_sid: the new object's context is invalid
    bounded_transition,  // security_bounded_transition: the new type is not bounded by the old
    validate_transition, // security_validate_transition: validatetrans forbids the relabelling
    invalid_label,       // setxattr, fscreate: somebody wanted a label that the policy has not
};

// A denial as its line has it: views into that line, nothing decoded, nothing checked but that
// the fields that make a denial are there, once each.
struct RecordView {
    DenialKind kind = DenialKind::access;
    std::string_view permissions; // what stands between the braces
    std::string_view scontext;    // see Record
    std::string_view tcontext;
    std::string_view new_context;
    std::string_view srawcon;
    std::string_view trawcon;
    std::string_view tclass;
    std::optional<bool> permissive;
    std::string_view comm;
    std::string_view exe;
    std::string_view path;
    std::string_view name;
    std::string_view device;
    std::string_view inode;
    std::string_view command; // ioctlcmd
    std::string_view message; // nl-msgtype
    bool interpreted = false; // the names are as they are: not in hexadecimal digits
};

// What a line is, as far as denials go.
struct Line {
    enum class Kind { other, denial, malformed, not_believed, lost, notice } kind = Kind::other;
    std::string_view reason; // of all but a denial; lives forever
    Head head;               // of a denial: its event and time
    RecordView record;       // of a denial
    bool cut_off = false;    // of a malformed one: the next line may have its end
};

// Reads one line, without its line feed, of any log but journalctl's JSON. ENDED tells whether
// the line feed was there: at the end of a cut file the last word may be half a word.
Line read_line(std::string_view line, bool ended = true);
// The same of a line whose head was read.
Line read_body(const Head& head, bool ended = true);

// What makes one denial another, decoded.
struct Record {
    DenialKind kind = DenialKind::access;
    // The source; of a validate_transition the task, of a bounded_transition the old context; empty
    // of an invalid_label, and so are the next and the class.
    // srawcon and trawcon when the kernel gave them: the contexts themselves, where the printed
    // ones are the unlabeled SID's.
    std::string scontext;
    // The target; of a validate_transition the object's old context, of a bounded_transition the
    // new context.
    std::string tcontext;
    // Of a computed_sid and an invalid_label the invalid context, of a validate_transition the
    // object's new one.
    std::string new_context;
    // The types that were printed where srawcon and trawcon took their place; else empty. The same
    // type: the policy that denied it is a namespace's that does not know the context; "?": it was
    // none, but the name of an initial SID.
    std::string printed_source;
    std::string printed_target;
    std::string tclass;                   // empty: bounded_transition
    std::vector<std::string> permissions; // of an access: sorted, each once, at least one
    auto operator<=>(const Record&) const = default;
};

// Decodes and checks; nothing when a context, the class or a permission is no such thing, with
// the reason in REASON.
std::optional<Record> decode(const RecordView& view, std::string_view& reason);

// A value that an untrusted program chose, as the audit system writes it: quoted, or as bare
// hexadecimal digits.
std::string decode_value(std::string_view value);
// The name that VALUE, a field of VIEW, stands for, at most 4096 bytes of it: a part of VALUE, or
// in BUFFER.
std::string_view decode_name(const RecordView& view, std::string_view value, std::string& buffer);
std::string decode_name(const RecordView& view, std::string_view value);

} // namespace selns::log
