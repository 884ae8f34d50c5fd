#include "selns/pipeline/denial_logs.hpp"

#include "selns/base/text.hpp"

#include <fmt/format.h>

#include <chrono>

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
    return {moment_of(select.since),      moment_of(select.until),
            names(select.exclude_source), names(select.exclude_target),
            names(select.exclude_device), names(select.exclude_program)};
}

verdict::Preferences preferences_of(const recipe::Denials& denials) {
    return {patterns_of(denials.refuse), patterns_of(denials.accept), patterns_of(denials.tolerate),
            false};
}

void read_logs(log::LogReader& reader, const std::vector<std::filesystem::path>& logs,
               const Context& context, progress::Step& step) {
    for (const std::filesystem::path& log : logs) {
        step.detail("reading " + printable(log.filename().string()));
        reader.read_file(log, context.interrupt);
    }
}

void warn_of(const log::Denials& denials, progress::Sink& sink) {
    warn(denials.malformed, denials.malformed.count == 1 ? "malformed line" : "malformed lines", "",
         sink);
    warn(denials.not_believed,
         denials.not_believed.count == 1 ? "line is not believed" : "lines are not believed", "",
         sink);
    warn(denials.incomplete,
         denials.incomplete.count == 1 ? "trace of lost records" : "traces of lost records",
         "the log is incomplete: boot with audit_backlog_limit=8192 "
         "sysctl.kernel.printk_ratelimit=0",
         sink);
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
