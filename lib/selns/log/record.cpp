#include "selns/log/record.hpp"

#include "selns/base/text.hpp"
#include "selns/log/fields.hpp"
#include "selns/log/names.hpp"
#include "selns/log/scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <utility>

namespace selns::log {

namespace {

constexpr std::size_t most_permissions = 64; // an access vector has 32 bits
constexpr std::size_t longest_value = 4096;

Line malformed(std::string_view reason) {
    return {Line::Kind::malformed, reason, {}, {}};
}

Line ends_early(std::string_view reason) {
    return {Line::Kind::malformed, reason, {}, {}, true};
}

using Place = std::string_view RecordView::*;
struct Field {
    std::string_view key;
    Place place;
};

// Where the value of a field that decides goes. By their lengths: a name costs a comparison then,
// of a number.
Place deciding(std::string_view key) {
    switch (key.size()) {
    case 6:
        return begins_with(key, "tclass") ? &RecordView::tclass : nullptr;
    case 7:
        return begins_with(key, "srawcon")   ? &RecordView::srawcon
               : begins_with(key, "trawcon") ? &RecordView::trawcon
                                             : nullptr;
    case 8:
        return begins_with(key, "scontext")   ? &RecordView::scontext
               : begins_with(key, "tcontext") ? &RecordView::tcontext
               : begins_with(key, "ioctlcmd") ? &RecordView::command
                                              : nullptr;
    case 10:
        return begins_with(key, "nl-msgtype") ? &RecordView::message : nullptr;
    default:
        return nullptr;
    }
}

// Of one that programs choose, or that says where something is.
Place describing(std::string_view key) {
    switch (key.size()) {
    case 3:
        return begins_with(key, "dev")   ? &RecordView::device
               : begins_with(key, "ino") ? &RecordView::inode
               : begins_with(key, "exe") ? &RecordView::exe
                                         : nullptr;
    case 4:
        return begins_with(key, "comm")   ? &RecordView::comm
               : begins_with(key, "path") ? &RecordView::path
               : begins_with(key, "name") ? &RecordView::name
                                          : nullptr;
    default:
        return nullptr;
    }
}

template <typename Fields>
Place place_of(const Fields& fields, std::string_view key) {
    for (const Field& field : fields)
        if (field.key == key)
            return field.place;
    return nullptr;
}

// A record of a user space object manager stands in msg='...', so its last value may have the
// closing quote on it.
std::string_view without_quote(std::string_view value) {
    return value.ends_with('\'') ? value.substr(0, value.size() - 1) : value;
}

// Free text comes first (a name, a command line) and can pretend to be further fields. It cannot
// remove the real ones: a field that decides and stands there twice gives the forgery away.
constexpr std::string_view cut_off = "the file ends in the middle of the record";
constexpr std::string_view twice = "a context, the class or the command stands there twice";
constexpr std::string_view bad_quote = "a quote is not closed, or closed twice";

// libselinux puts a record together in so many bytes, and leaves out what goes beyond them. So a
// command line that is long enough can put its own words in the place of the contexts.
constexpr std::size_t manager_buffer = 1024;
constexpr std::size_t interpreted_margin = 128; // names are not as long as the numbers in place
constexpr std::string_view too_long_for_manager =
    "it is so long that its end may be missing, and its contexts be a program's own words";

// BODY ends in what the audit system adds, from " exe=" on.
bool may_be_cut_off(std::string_view body, bool interpreted) {
    const std::size_t exe = body.rfind(" exe=");
    const std::size_t length = exe == std::string_view::npos ? body.size() : exe;
    return length + 1 >= manager_buffer - (interpreted ? interpreted_margin : 0);
}

class BodyReader {
  public:
    BodyReader(const Head& head, bool ended) : head_(head), ended_(ended) {
        record_.interpreted = head.interpreted;
    }

    // TEXT is what follows "denied".
    Line read_access(std::string_view text) {
        text = skip_blanks(text);
        const std::size_t close = text.find('}');
        if (!text.starts_with('{') || close == std::string_view::npos)
            return ends_early("there is no list of permissions in braces");
        record_.permissions = text.substr(1, close - 1);
        Fields fields(text.substr(close + 1), head_.interpreted);
        while (fields.next())
            if (const std::string_view fault = take_access_field(fields); !fault.empty())
                return malformed(fault);
        if (fields.bad_quote())
            return ends_early(bad_quote);
        if ((head_.by_program || has_command_line_) &&
            may_be_cut_off(head_.body, head_.interpreted))
            return malformed(too_long_for_manager);
        if (record_.scontext.empty() && record_.srawcon.empty())
            return ends_early("there is no scontext");
        if (record_.tcontext.empty() && record_.trawcon.empty())
            return ends_early("there is no tcontext");
        if (record_.tclass.empty())
            return ends_early("there is no tclass");
        return denial();
    }

    Line read_error(std::string_view text);

  private:
    std::string_view take_access_field(const Fields& fields);
    std::string_view take_error_field(const Fields& fields, Place place);

    Line denial() const { return {Line::Kind::denial, {}, head_, record_}; }

    const Head& head_;
    bool ended_;
    bool has_command_line_ = false;
    RecordView record_;
};

std::string_view BodyReader::take_access_field(const Fields& fields) {
    const std::string_view key = fields.key();
    if (key == "permissive") {
        const std::string_view value = without_quote(fields.value());
        if (record_.permissive || (value != "0" && value != "1"))
            return "permissive= stands there twice, or is neither 0 nor 1";
        record_.permissive = value == "1";
    } else if (const Place place = deciding(key)) {
        if (!(record_.*place).empty())
            return twice;
        record_.*place = without_quote(fields.value());
        if (place == &RecordView::tclass && fields.at_end() && !ended_)
            return cut_off;
    } else if (const Place origin = describing(key)) {
        if ((record_.*origin).empty())
            record_.*origin = fields.value();
    } else if (key == "cmdline") {
        has_command_line_ = true;
    }
    return {};
}

std::string_view BodyReader::take_error_field(const Fields& fields, Place place) {
    if (!(record_.*place).empty())
        return twice;
    record_.*place = fields.value();
    return fields.at_end() && !ended_ ? cut_off : std::string_view();
}

// The errors of the security server that are denials, with the fields that each has.
struct ErrorForm {
    std::string_view operation;
    DenialKind kind;
    std::array<Field, 4> fields;
    std::size_t count;
};

constexpr std::array<ErrorForm, 5> error_forms = {
    {{"setxattr", DenialKind::invalid_label, {{{"invalid_context", &RecordView::new_context}}}, 1},
     {"fscreate", DenialKind::invalid_label, {{{"invalid_context", &RecordView::new_context}}}, 1},
     {"security_compute_sid",
      DenialKind::computed_sid,
      {{{"invalid_context", &RecordView::new_context},
        {"scontext", &RecordView::scontext},
        {"tcontext", &RecordView::tcontext},
        {"tclass", &RecordView::tclass}}},
      4},
     {"security_bounded_transition",
      DenialKind::bounded_transition,
      {{{"oldcontext", &RecordView::scontext}, {"newcontext", &RecordView::tcontext}}},
      2},
     {"security_validate_transition",
      DenialKind::validate_transition,
      {{{"oldcontext", &RecordView::tcontext},
        {"newcontext", &RecordView::new_context},
        {"taskcontext", &RecordView::scontext},
        {"tclass", &RecordView::tclass}}},
      4}}};

// TEXT begins with "op=".
Line BodyReader::read_error(std::string_view text) {
    Fields fields(text, head_.interpreted);
    if (!fields.next() || fields.key() != "op")
        return {};
    const auto* form = std::ranges::find_if(error_forms, [&fields](const ErrorForm& candidate) {
        return candidate.operation == fields.value();
    });
    if (form == error_forms.end())
        return {};
    record_.kind = form->kind;
    const std::span<const Field> wanted(form->fields.data(), form->count);
    while (fields.next()) {
        const Place place = place_of(wanted, fields.key());
        const std::string_view fault =
            place == nullptr ? std::string_view() : take_error_field(fields, place);
        if (!fault.empty())
            return malformed(fault);
    }
    if (fields.bad_quote())
        return malformed(bad_quote);
    for (const Field& field : wanted)
        if ((record_.*(field.place)).empty())
            return malformed("a context or the class is missing");
    return denial();
}

// The context itself when the kernel gave one that has the form of a context; then PRINTED_TYPE
// becomes the type that it printed in its place. A kernel with SELinux namespaces prints the very
// context, which may be an initial SID's name ("kernel"), a namespace's without a policy.
std::string choose_context(std::string_view raw, std::string_view printed,
                           std::string& printed_type) {
    std::string context = decode_value(raw);
    if (context.empty() || (context_type(context).empty() && context != printed))
        return std::string(printed);
    const std::string_view type = context_type(printed);
    printed_type = type.empty() ? "?" : type;
    return context;
}

std::vector<std::string> read_permissions(std::string_view text) {
    const auto words = split_words(text);
    std::vector<std::string> permissions;
    permissions.reserve(words.size());
    for (const std::string_view permission : words)
        permissions.emplace_back(permission);
    std::ranges::sort(permissions);
    permissions.erase(std::unique(permissions.begin(), permissions.end()), permissions.end());
    return permissions;
}

std::string_view fault_of(const Record& record) {
    const bool access = record.kind == DenialKind::access;
    if (record.kind == DenialKind::invalid_label)
        return context_type(record.new_context).empty() ? "the label is not a context"
                                                        : std::string_view();
    const bool third =
        record.kind == DenialKind::computed_sid || record.kind == DenialKind::validate_transition;
    if (access && (record.permissions.empty() || record.permissions.size() > most_permissions ||
                   !std::ranges::all_of(record.permissions, is_word)))
        return "the permissions are not names";
    if (context_type(record.scontext).empty() && record.printed_source.empty())
        return "scontext is not a context";
    if (context_type(record.tcontext).empty() && record.printed_target.empty())
        return "tcontext is not a context";
    if (third && context_type(record.new_context).empty())
        return "the new context is not a context";
    if (record.kind != DenialKind::bounded_transition && !is_word(record.tclass))
        return "tclass is not a name";
    return {};
}

} // namespace

Line read_line(std::string_view line, bool ended) {
    return read_body(read_head(line), ended);
}

Line read_body(const Head& head, bool ended) {
    constexpr std::string_view denied = "denied";
    switch (head.kind) {
    case Head::Kind::other:
    case Head::Kind::boot:
    case Head::Kind::daemon_start:
    case Head::Kind::policy_load:
        return {};
    case Head::Kind::not_believed:
        return {Line::Kind::not_believed, head.reason, {}, {}};
    case Head::Kind::malformed:
        return malformed(head.reason);
    case Head::Kind::lost:
        return {Line::Kind::lost, head.reason, {}, {}};
    case Head::Kind::notice:
        return {Line::Kind::notice, head.reason, {}, {}};
    case Head::Kind::selinux_error:
        return BodyReader(head, ended).read_error(head.body);
    case Head::Kind::access:
        break;
    }
    const std::string_view rest = skip_blanks(head.body.substr(access_marker.size()));
    if (rest.starts_with(denied))
        return BodyReader(head, ended).read_access(rest.substr(denied.size()));
    if (denied.starts_with(rest) && (!rest.empty() || head.event))
        return ends_early("the line ends in the middle of the record");
    if (!rest.empty() && static_cast<unsigned char>(rest.front()) >= 0x80)
        return malformed("behind avc: there is neither a blank nor a word");
    return {};
}

std::optional<Record> decode(const RecordView& view, std::string_view& reason) {
    Record record;
    record.kind = view.kind;
    record.permissions = read_permissions(view.permissions);
    record.scontext = choose_context(view.srawcon, view.scontext, record.printed_source);
    record.tcontext = choose_context(view.trawcon, view.tcontext, record.printed_target);
    record.new_context = decode_value(view.new_context);
    record.tclass = view.tclass;
    reason = fault_of(record);
    return reason.empty() ? std::optional(std::move(record)) : std::nullopt;
}

std::string decode_value(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        return std::string(value.substr(1, value.size() - 2));
    if (value.empty() || value.size() % 2 != 0)
        return std::string(value);
    std::string bytes;
    for (std::size_t i = 0; i < value.size(); i += 2) {
        unsigned byte = 0;
        const auto [end, error] = std::from_chars(&value[i], &value[i] + 2, byte, 16);
        if (error != std::errc() || end != &value[i] + 2)
            return std::string(value);
        bytes.push_back(static_cast<char>(byte));
    }
    return bytes;
}

std::string_view decode_name(const RecordView& view, std::string_view value, std::string& buffer) {
    // ausearch -i decodes names, but leaves the quotes of what is none, like a device.
    const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
    std::string_view name = value;
    if (quoted)
        name = value.substr(1, value.size() - 2);
    else if (!view.interpreted || value.starts_with('"'))
        name = buffer = decode_value(value);
    return name.substr(0, longest_value);
}

std::string decode_name(const RecordView& view, std::string_view value) {
    std::string buffer;
    return std::string(decode_name(view, value, buffer));
}

} // namespace selns::log
