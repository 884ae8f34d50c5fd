#include "selns/log/journal.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/log/scan.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace selns::log {

namespace {

// The fields that are asked for, in the order of Entry::values.
enum EntryField : std::size_t {
    message,
    transport,
    process,
    user,
    program,
    unit,
    facility,
    identifier,
    audit_type,
    audit_id,
    source_time,
    time,
    field_count
};
constexpr std::array<std::string_view, field_count> field_names = {"MESSAGE",
                                                                   "_TRANSPORT",
                                                                   "_PID",
                                                                   "_UID",
                                                                   "_EXE",
                                                                   "_SYSTEMD_UNIT",
                                                                   "SYSLOG_FACILITY",
                                                                   "SYSLOG_IDENTIFIER",
                                                                   "_AUDIT_TYPE",
                                                                   "_AUDIT_ID",
                                                                   "_SOURCE_REALTIME_TIMESTAMP",
                                                                   "__REALTIME_TIMESTAMP"};

struct Entry {
    std::array<std::optional<std::string>, field_count> values;

    std::string_view operator[](EntryField field) const {
        return values[field] ? std::string_view(*values[field]) : std::string_view();
    }
    std::uint64_t number(EntryField field) const {
        const std::string_view text = (*this)[field];
        std::uint64_t value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc() && end == text.data() + text.size() ? value : 0;
    }
};

EntryField find_field(std::string_view name) {
    std::size_t field = 0;
    while (field < field_count && field_names[field] != name)
        ++field;
    return static_cast<EntryField>(field);
}

// Takes the wanted fields out of one flat object. A value is a string, or an array of numbers
// where it is not text; a field that an entry has twice is an array of these and does not count,
// since neither the kernel nor the audit system sends one.
class EntryReader final : public nlohmann::json_sax<nlohmann::json> {
  public:
    explicit EntryReader(Entry& entry) : entry_(entry) {}

    bool key(string_t& name) override {
        field_ = depth_ == 1 ? find_field(name) : field_count;
        return true;
    }
    bool string(string_t& value) override {
        if (depth_ == 1 && field_ != field_count)
            entry_.values[field_] = std::move(value);
        else
            spoil();
        return true;
    }
    bool number_unsigned(number_unsigned_t value) override {
        if (depth_ == 2 && field_ != field_count && value < 256)
            bytes_.push_back(static_cast<char>(value));
        else
            spoil();
        return true;
    }
    bool start_array(std::size_t) override {
        bytes_.clear();
        spoiled_ = depth_++ != 1;
        return true;
    }
    bool end_array() override {
        if (--depth_ == 1 && field_ != field_count && !spoiled_)
            entry_.values[field_] = bytes_;
        return true;
    }
    bool start_object(std::size_t) override {
        spoil();
        ++depth_;
        return true;
    }
    bool end_object() override {
        --depth_;
        return true;
    }
    bool null() override { return spoil(); }
    bool boolean(bool) override { return spoil(); }
    bool number_integer(number_integer_t) override { return spoil(); }
    bool number_float(number_float_t, const string_t&) override { return spoil(); }
    bool binary(binary_t&) override { return spoil(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

  private:
    bool spoil() {
        spoiled_ = true;
        return true;
    }

    Entry& entry_;
    EntryField field_ = field_count;
    int depth_ = 0;
    bool spoiled_ = false; // the array at hand is no text
    std::string bytes_;
};

// journald says what a message came in by, which no program can forge; what a program wrote to
// /dev/kmsg comes in by the kernel, with a facility that is not the kernel's.
bool believes(const Entry& entry) {
    const std::string_view transport_name = entry[transport];
    if (transport_name == "kernel")
        return entry[facility].empty() || entry[facility] == "0";
    return transport_name == "audit";
}

// What asks the policy itself, and tells what it denied: PID 1, and the system's message bus. A
// program of these names that somebody else runs is none: its unit tells, or else its user.
bool is_object_manager(const Entry& entry) {
    const std::string_view by = entry[transport];
    if (by != "journal" && by != "syslog" && by != "stdout")
        return false;
    const std::string_view path = entry[program];
    if (entry[process] == "1")
        return path == "/usr/lib/systemd/systemd" || path == "/lib/systemd/systemd";
    if (path != "/usr/bin/dbus-broker" && path != "/usr/bin/dbus-broker-launch" &&
        path != "/usr/bin/dbus-daemon")
        return false;
    constexpr std::uint64_t first_person = 1000;
    return entry.values[unit]
               ? entry[unit] == "dbus-broker.service" || entry[unit] == "dbus.service"
               : entry.values[user] && entry.number(user) < first_person;
}

// The audit time and serial, which journald takes out of the message.
void add_event(const Entry& entry, Head& head) {
    constexpr std::uint64_t most = std::uint64_t{1} << 52U; // microseconds, far in the future
    const std::uint64_t micros = entry.number(source_time);
    const std::uint64_t serial = entry.number(audit_id);
    if (!head.event && entry[transport] == "audit" && entry.values[audit_id] &&
        serial <= UINT32_MAX && micros < most) {
        head.event =
            Event{static_cast<Milliseconds>(micros / 1000), static_cast<std::uint32_t>(serial)};
        head.time = head.event->time;
    }
    if (head.time == 0 && entry.number(time) < most)
        head.time = static_cast<Milliseconds>(entry.number(time) / 1000);
}

std::string_view doubt_about(const Entry& entry) {
    return entry.values[transport] ? "neither the kernel nor the audit system wrote it"
                                   : "the entry does not tell who wrote it: it has no _TRANSPORT";
}

bool is_journald(const Entry& entry) {
    return entry[transport] == "driver" && entry[identifier] == "systemd-journald";
}

Head with_reason(Head::Kind kind, std::string_view reason) {
    Head head;
    head.kind = kind;
    head.reason = reason;
    return head;
}

// Of an entry whose message is in TEXT, to which something may be added.
Head head_of(const Entry& entry, std::string& text) {
    if (is_journald(entry)) {
        text.insert(0, "systemd-journald: ");
        return read_head(text);
    }
    const bool managed = !believes(entry) && is_object_manager(entry);
    if (managed) {
        constexpr std::string_view prefix = "selinux: "; // of systemd
        text.erase(0, text.starts_with(prefix) ? prefix.size() : 0);
    }
    if (!believes(entry) && !(managed && text.starts_with(access_marker)))
        return looks_like_denial(text) ? with_reason(Head::Kind::not_believed, doubt_about(entry))
                                       : Head();
    if (!entry.values[message] && entry[audit_type] == "1400")
        return with_reason(Head::Kind::malformed,
                           "the export left the message out; journalctl wants --all for long ones");
    // The carrier has told who wrote it, so that a head which names the kernel adds nothing.
    Head head = read_head(text.insert(0, entry[transport] == "audit" ? "audit: " : "kernel: "));
    if (head.kind != Head::Kind::other && head.kind != Head::Kind::not_believed)
        add_event(entry, head);
    return head;
}

} // namespace

Head read_journal_entry(std::string_view line, std::string& text) {
    Entry entry;
    EntryReader reader(entry);
    const bool whole = nlohmann::json::sax_parse(line, &reader);
    text = entry.values[message].value_or("");
    if (!whole)
        return looks_like_denial(line)
                   ? with_reason(Head::Kind::malformed, "this is no entry of a journal in JSON")
                   : Head();
    if (!entry.values[transport] && !entry.values[message])
        return looks_like_denial(line) ? with_reason(Head::Kind::not_believed, doubt_about(entry))
                                       : Head();
    return head_of(entry, text);
}

Head read_journal_fields(std::string_view fields, std::string& text) {
    Entry entry;
    std::array<int, field_count> times{};
    while (!fields.empty()) {
        const std::string_view field = fields.substr(0, fields.find('\0'));
        fields.remove_prefix(std::min(field.size() + 1, fields.size()));
        const std::size_t equals = std::min(field.find('='), field.size());
        const EntryField name = find_field(field.substr(0, equals));
        if (name != field_count && ++times[name] == 1)
            entry.values[name] = field.substr(std::min(equals + 1, field.size()));
        else if (name != field_count)
            entry.values[name].reset();
    }
    text = entry.values[message].value_or("");
    return head_of(entry, text);
}

void read_journal(LogReader& reader, process::Runner& runner) {
    // Records come into the journal later than they were made, but not by an hour.
    constexpr Milliseconds margin = 3'600'000;
    process::Command command;
    command.argv = {"journalctl", "--output=json", "--all", "--no-pager", "--quiet"};
    std::string fields;
    for (const std::string_view name : field_names)
        fields.append(fields.empty() ? "" : ",").append(name);
    command.argv.push_back("--output-fields=" + fields);
    if (const auto since = reader.selection().since)
        command.argv.push_back("--since=@" +
                               std::to_string(std::max<Milliseconds>(*since - margin, 0) / 1000));
    for (const char* match :
         {"_TRANSPORT=kernel", "_TRANSPORT=audit", "_TRANSPORT=driver", "+", "_PID=1", "+",
          "_SYSTEMD_UNIT=dbus-broker.service", "_SYSTEMD_UNIT=dbus.service"})
        command.argv.emplace_back(match);
    command.package = "systemd";
    process::Result result;
    reader.read_stream("the journal", [&](const Piece& piece) {
        command.on_output = piece;
        result = runner.run(command);
    });
    if (!result.ok())
        throw Error(ErrorKind::tool_failed,
                    "journalctl failed: " + printable(trim(result.error_tail)))
            .hint("reading the system's journal takes root, or the group systemd-journal");
}

} // namespace selns::log
