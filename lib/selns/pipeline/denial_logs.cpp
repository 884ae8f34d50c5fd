#include "selns/pipeline/denial_logs.hpp"

#include "selns/base/text.hpp"
#include "selns/log/journal.hpp"
#include "selns/pipeline/inputs.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace selns::pipeline {

namespace {

std::optional<log::Milliseconds>
moment_of(const std::optional<recipe::Located<std::string>>& text) {
    if (!text)
        return {};
    if (const auto moment = log::parse_moment(text->value, 0))
        return moment;
    throw Error(ErrorKind::invalid_input, "not a point in time: \"" + printable(text->value) + "\"")
        .at(text->at)
        .hint(std::string(log::moment_forms()));
}

std::vector<verdict::AccessPattern>
patterns_of(const std::vector<recipe::Located<std::string>>& texts) {
    std::vector<verdict::AccessPattern> patterns;
    for (const auto& text : texts)
        patterns.push_back(verdict::AccessPattern::parse(text.value, text.at));
    return patterns;
}

struct LogSources {
    const std::vector<std::filesystem::path>& logs;
    bool journal;
    const Context& context;
    progress::Step& step;

    void read(log::LogReader& reader) const {
        for (const std::filesystem::path& log : logs) {
            step.detail("reading " + printable(log.filename().string()));
            reader.read_file(log, context.interrupt);
        }
        if (!journal)
            return;
        step.detail("reading this host's journal");
        log::read_journal(reader, context.runner);
    }

    // What comes through a pipe is gone when it was read.
    void check_that_they_stay() const {
        for (const std::filesystem::path& log : logs)
            if (log == "-" ? ::lseek(STDIN_FILENO, 0, SEEK_CUR) < 0 : std::filesystem::is_fifo(log))
                throw Error(ErrorKind::usage, "the last boot or policy is looked for first, and " +
                                                  printable(log.string()) +
                                                  " can be read only once")
                    .hint("keep the log in a file");
    }
    void rewind() const {
        if (std::ranges::find(logs, "-") != logs.end())
            ::lseek(STDIN_FILENO, 0, SEEK_SET);
    }
};

log::Milliseconds moment_of(log::Mark mark, const log::LastMarks& last) {
    const auto& moment = mark == log::Mark::policy_load ? last.policy_load
                         : last.boot                    ? last.boot
                                                        : last.daemon_start;
    if (!moment)
        throw Error(ErrorKind::invalid_input, mark == log::Mark::boot
                                                  ? "no log tells when the system started"
                                                  : "no log tells when a policy was loaded")
            .hint("the kernel says so at its start (audit: type=2000 ... state=initialized, "
                  "type=1403): give a whole log, or a time");
    return *moment;
}

void warn(const log::Remarks& remarks, const std::string& what, const std::string& hint,
          progress::Sink& sink) {
    if (remarks.count == 0)
        return;
    const log::Remark& first = remarks.first.front();
    std::string text = fmt::format("{} {}, first at {}: {}", human_count(remarks.count), what,
                                   first.at.str(), first.reason);
    if (!first.excerpt.empty())
        text += " (" + printable(std::string_view(first.excerpt).substr(0, 80)) + ")";
    sink.warning(text + (hint.empty() ? "" : "; " + hint));
}

} // namespace

log::Selection selection_of(const recipe::Select& select) {
    const auto names = [](const std::vector<std::string>& list) {
        return log::Selection::Names(list.begin(), list.end());
    };
    const auto mark = select.since ? log::parse_mark(select.since->value) : std::nullopt;
    return {mark ? std::nullopt : moment_of(select.since),
            mark,
            moment_of(select.until),
            names(select.exclude_source),
            names(select.exclude_target),
            names(select.exclude_device),
            names(select.exclude_program)};
}

verdict::Preferences preferences_of(const recipe::Denials& denials) {
    verdict::Preferences preferences;
    preferences.refuse = patterns_of(denials.refuse);
    preferences.accept = patterns_of(denials.accept);
    preferences.tolerate = patterns_of(denials.tolerate);
    preferences.silence = patterns_of(denials.silence);
    return preferences;
}

log::Denials read_logs(log::ReadOptions options, const std::vector<std::filesystem::path>& logs,
                       bool journal, const Context& context, progress::Step& step) {
    const LogSources sources{logs, journal, context, step};
    if (const auto mark = options.selection.since_last) {
        sources.check_that_they_stay();
        log::LogReader reader;
        sources.read(reader);
        options.selection.since = moment_of(*mark, reader.finish().last);
        sources.rewind();
    }
    log::LogReader reader(std::move(options));
    sources.read(reader);
    return reader.finish();
}

void warn_of_missing_logs(const recipe::Recipe& recipe, progress::Sink& sink) {
    for (const std::string& pattern : patterns_without_logs(recipe))
        sink.warning("selinux.denials.logs: there is no file for " + printable(pattern));
}

void warn_of(const log::Denials& denials, progress::Sink& sink) {
    warn(denials.malformed, denials.malformed.count == 1 ? "malformed line" : "malformed lines", "",
         sink);
    warn(denials.not_believed,
         denials.not_believed.count == 1 ? "line is not believed" : "lines are not believed",
         "if you know that it is all true: --trust, or selinux.denials.trust", sink);
    warn(denials.trusted,
         denials.trusted.count == 1 ? "line is trusted by your word"
                                    : "lines are trusted by your word",
         "", sink);
    warn(denials.incomplete,
         denials.incomplete.count == 1 ? "trace of lost records" : "traces of lost records",
         "the log is incomplete: boot with audit_backlog_limit=8192 "
         "sysctl.kernel.printk_ratelimit=0",
         sink);
    warn(denials.notices,
         denials.notices.count == 1 ? "word of the kernel about its policy"
                                    : "words of the kernel about its policy",
         "", sink);
    for (const log::LogSummary& log : denials.logs)
        if (!log.doubt.empty())
            sink.warning(printable(log.file) + " " + std::string(log.doubt));
    if (denials.without_time > 0)
        sink.note(human_count(denials.without_time) +
                  " records have no time and were taken in spite of since and until");
}

void warn_of(const std::vector<module::Unwritable>& left_out, progress::Sink& sink) {
    for (const module::Unwritable& rule : left_out)
        sink.warning("left out: " +
                     module::to_text(rule.triple, {rule.permissions, {}, {}}, module::Format::te) +
                     " A .te module cannot name \"" + rule.name + "\"; a local module in CIL can");
}

} // namespace selns::pipeline
