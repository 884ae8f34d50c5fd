#include "selns/boot/audit_log.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/boot/line_buffer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <utility>

namespace selns::boot {

namespace {

constexpr const char* config_path = "/etc/audit/auditd.conf";
constexpr std::uint64_t config_limit = 64U << 10U;

bool is_same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(
        a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// The value of log_file in auditd.conf's TEXT; the last one counts.
std::string log_file_in(const std::string& text) {
    std::string path = "/var/log/audit/audit.log";
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t equals = line.find('=');
        if (equals != std::string_view::npos &&
            is_same_word(trim(line.substr(0, equals)), "log_file"))
            path = trim(line.substr(equals + 1));
    }
    return path;
}

std::string log_path(const tree::Tree& tree, std::vector<Gap>& gaps) {
    try {
        return log_file_in(tree.read(config_path, config_limit).value_or(""));
    } catch (const Error& error) {
        gaps.push_back({fmt::format("{} cannot be read: {}", config_path, error.message()),
                        "give the image one that auditd takes"});
        return log_file_in({});
    }
}

// "audit.log.12" is what "audit.log" was twelve rotations ago; 0 for what is none.
unsigned rotations_of(std::string_view name, std::string_view log) {
    unsigned number = 0;
    if (!name.starts_with(log) || !name.substr(log.size()).starts_with('.'))
        return 0;
    const char* const begin = name.data() + log.size() + 1;
    const char* const end = name.data() + name.size();
    const auto [at, fault] = std::from_chars(begin, end, number);
    return fault == std::errc() && at == end && *begin != '0' ? number : 0;
}

// The logs by how often they were rotated.
std::map<unsigned, tree::Content> logs_at(const tree::Tree& tree, const std::string& path) {
    std::map<unsigned, tree::Content> logs;
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos)
        return logs;
    const auto directory = tree.find(path.substr(0, slash + 1));
    if (!directory || tree.inode(*directory).type != tree::FileType::directory)
        return logs;
    const std::string_view log = std::string_view(path).substr(slash + 1);
    for (const auto& [name, id] : tree.names(*directory)) {
        const tree::Inode& inode = tree.inode(id);
        const unsigned rotations = rotations_of(name, log);
        if (inode.type == tree::FileType::regular && (name == log || rotations > 0))
            logs[rotations] = inode.content;
    }
    return logs;
}

std::string name_of_log(const std::string& path, unsigned rotations) {
    return printable(path) + (rotations == 0 ? "" : "." + std::to_string(rotations));
}

// Takes LOGS over from the newest on, as far as they follow each other and fit.
void take_parts(std::map<unsigned, tree::Content> logs, AuditLog& log) {
    std::uint64_t left = AuditLog::most_bytes;
    for (unsigned next = 0; auto& [rotations, content] : logs) {
        if (rotations != next) {
            log.gaps.push_back({name_of_log(log.path, next) + " is missing, though there is " +
                                    name_of_log(log.path, rotations),
                                "let nothing but auditd rotate and remove its logs"});
            break;
        }
        if (content.size() > left || next == AuditLog::most_files) {
            log.gaps.push_back({fmt::format("the logs of the audit daemon are larger than {}",
                                            human_size(AuditLog::most_bytes)),
                                "look for what is logged so much: ausearch, aureport"});
            break;
        }
        left -= content.size();
        log.parts.push_back(std::move(content));
        ++next;
    }
    std::ranges::reverse(log.parts);
}

// What the daemon says of itself between its records, and the numbers of the kernel's events.
class DaemonRecords {
  public:
    explicit DaemonRecords(EventNumbers& events) : events_(events) {}

    void take(std::string_view line) {
        if (const auto number = event_number(line))
            return take_event(*number, line);
        if (line.starts_with("node="))
            line = line.substr(std::min(line.find(' '), line.size() - 1) + 1);
        const bool starts = line.starts_with("type=DAEMON_START ");
        begins_with_start_ = begins_with_start_.value_or(starts);
        was_killed_ = was_killed_ || (starts && runs_);
        had_trouble_ = had_trouble_ || line.starts_with("type=DAEMON_RESUME ") ||
                       line.starts_with("type=DAEMON_ERR ");
        if (starts || line.starts_with("type=DAEMON_END "))
            runs_ = starts;
        registers_ = registers_ || starts;
    }

    void tell(std::vector<Gap>& gaps) const {
        if (!begins_with_start_.value_or(false))
            gaps.push_back({"the audit daemon's log does not begin with its start: what was before "
                            "is gone",
                            "raise num_logs or max_log_file in auditd.conf, and leave no log of "
                            "another machine in the image"});
        if (runs_)
            gaps.push_back(
                {"the audit daemon's log does not end with its end: it was killed, or "
                 "did not write any more",
                 "give the image more space, for below admin_space_left it writes nothing "
                 "(images: [{ ext4: { size: 2G } }]); see to write_logs in auditd.conf"});
        if (was_killed_)
            gaps.push_back({"the audit daemon was killed and started again", "see to its end"});
        if (had_trouble_)
            gaps.push_back({"the audit daemon could not write all the time",
                            "give the image more space: images: [{ ext4: { size: 2G } }]"});
    }

  private:
    // The first event that a daemon is sent is that it is the daemon now ("op=set audit_pid=140").
    // Mostly it reads it away while it waits for the answer to its request.
    void take_event(std::uint32_t number, std::string_view line) {
        events_.add(number);
        begins_with_start_ = begins_with_start_.value_or(false);
        if (std::exchange(registers_, false) && number > 0 &&
            line.find(" audit_pid=") == std::string_view::npos)
            events_.add(number - 1);
    }

    EventNumbers& events_;
    std::optional<bool> begins_with_start_;
    bool registers_ = false;
    bool runs_ = false;
    bool was_killed_ = false;
    bool had_trouble_ = false;
};

} // namespace

std::optional<AuditLog> find_audit_log(const tree::Tree& tree) {
    AuditLog log;
    log.path = log_path(tree, log.gaps);
    auto logs = logs_at(tree, log.path);
    const auto has_text = [](const auto& entry) { return entry.second.size() > 0; };
    if (std::ranges::none_of(logs, has_text))
        return std::nullopt;
    take_parts(std::move(logs), log);
    return log;
}

bool has_audit_daemon(const tree::Tree& tree) {
    return tree.find("/usr/sbin/auditd") || tree.find("/sbin/auditd");
}

void read_audit_log(AuditLog& log, const std::function<void(std::string_view)>& put,
                    EventNumbers& events, const Interrupt& interrupt) {
    DaemonRecords daemon(events);
    LineBuffer lines;
    const auto take_line = [&](std::string_view line) { daemon.take(line); };
    for (const tree::Content& part : log.parts) {
        char last = '\n';
        const auto take_piece = [&](std::string_view piece) {
            interrupt.check();
            last = piece.empty() ? last : piece.back();
            put(piece);
            lines.add(piece, take_line);
        };
        part.for_each_piece(take_piece);
        if (last != '\n') {
            log.gaps.push_back({"a log of the audit daemon ends in the middle of a line",
                                "see to it that the machine is shut down, and has space"});
            take_piece("\n");
        }
    }
    daemon.tell(log.gaps);
}

} // namespace selns::boot
