#include "selns/module/head.hpp"

#include "selns/base/text.hpp"
#include "selns/selinux/cil.hpp"

#include <algorithm>

namespace selns::module {

namespace {

constexpr std::string_view heading_begin = "#============= ";
constexpr std::string_view heading_end = " ==============";

// Without its blank lines at the start; the indentation of the first other line stays.
std::string_view skip_blank_lines(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos)
        return {};
    return text.substr(text.rfind('\n', first) + 1);
}

bool is_comment_line(std::string_view line, Format format) {
    return trim(line).starts_with(comment_mark(format)) &&
           (format == Format::te || !line.starts_with(selinux::cil_line_mark));
}

// GAP without headings and the blank lines below them. WHOLE tells whether it begins a line.
std::string without_headings(std::string_view gap, bool whole) {
    std::string rest;
    bool dropped = false;
    while (!gap.empty()) {
        const std::size_t end = std::min(gap.find('\n'), gap.size() - 1) + 1;
        const std::string_view line = gap.substr(0, end);
        const bool ended = line.ends_with('\n');
        gap.remove_prefix(end);
        if (whole && is_section_heading(line)) {
            dropped = true;
        } else if (!dropped || !ended || !trim(line).empty()) {
            rest += line;
            dropped = false;
        }
        whole = true;
    }
    return rest;
}

} // namespace

std::string_view without_end_blanks(std::string_view text) {
    const std::size_t last = text.find_last_not_of(" \t\r\n");
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::string section_heading(std::string_view source) {
    return std::string(heading_begin).append(source).append(heading_end);
}

bool is_section_heading(std::string_view line) {
    line = without_end_blanks(line);
    return line.starts_with(heading_begin) && line.ends_with(heading_end) &&
           line.size() > heading_begin.size() + heading_end.size();
}

std::string plain_comment(std::string_view line, Format format) {
    const std::string_view comment = trim(line);
    const bool marks = format == Format::cil && comment.starts_with(selinux::cil_line_mark);
    return (marks ? "; " : "") + std::string(comment);
}

void HeadBuilder::keep(std::size_t begin, std::size_t end) {
    append(text_.substr(at_, end - at_));
    at_ = std::max(begin, end);
}

std::vector<std::string> HeadBuilder::take_rule(std::size_t begin, std::size_t end) {
    std::vector<std::string> comments;
    const std::string_view gap = text_.substr(at_, begin - at_);
    if (format_ == Format::te)
        take_comments_above(without_headings(gap, at_line_start()), comments);
    else
        take_comments_above(gap, comments);
    at_ = end;
    take_comment_behind(comments);
    if (at_line_start())
        close_up();
    return comments;
}

void HeadBuilder::take_require(std::size_t begin, std::size_t end) {
    append(text_.substr(at_, begin - at_));
    at_ = end;
    if (require_) {
        if (at_line_start())
            close_up();
        return;
    }
    require_ = head_.size();
}

// The comment lines that end the gap, up to a blank line.
void HeadBuilder::take_comments_above(std::string_view gap, std::vector<std::string>& comments) {
    std::size_t begin = gap.rfind('\n') + 1; // of the rule's own line, in the gap
    const bool own_line = begin > 0 || at_line_start();
    while (begin > 0) {
        const std::size_t previous = begin == 1 ? 0 : gap.rfind('\n', begin - 2) + 1;
        const std::string_view line = gap.substr(previous, begin - previous);
        // The first line of a gap is the rest of a kept statement's line, or a whole one.
        if (!is_comment_line(line, format_) || (previous == 0 && !at_line_start()))
            break;
        comments.push_back(plain_comment(line, format_));
        begin = previous;
    }
    append(own_line ? gap.substr(0, begin) : gap);
    std::ranges::reverse(comments);
}

void HeadBuilder::take_comment_behind(std::vector<std::string>& comments) {
    const std::size_t first = text_.find_first_not_of(" \t", at_);
    if (first == std::string_view::npos || text_[first] != comment_mark(format_))
        return;
    const std::size_t end = std::min(text_.find('\n', first), text_.size());
    comments.push_back(plain_comment(text_.substr(first, end - first), format_));
    at_ = end;
}

// The statement was all that its line held: the line goes, and does not leave a second blank one.
void HeadBuilder::close_up() {
    const bool blank_before = head_.empty() || head_.ends_with("\n\n");
    do {
        const std::size_t first = text_.find_first_not_of(" \t\r", at_);
        if (first == std::string_view::npos || text_[first] != '\n')
            return;
        at_ = first + 1;
    } while (blank_before);
}

std::pair<std::string, std::string> HeadBuilder::split_behind_module_statement() const {
    const std::size_t end = std::min(head_.find('\n', *module_end_), head_.size());
    const std::string_view rest =
        trim(std::string_view(head_).substr(*module_end_, end - *module_end_));
    const bool alone = rest.empty() || rest.starts_with(comment_mark(format_));
    const std::size_t place = alone ? end : *module_end_;
    return {std::string(without_end_blanks(std::string_view(head_).substr(0, place))) + "\n\n",
            head_.substr(place)};
}

std::pair<std::string, std::string> HeadBuilder::finish() {
    // The rules come next here when they are printed, so that their headings go as well.
    const std::string_view gap = text_.substr(at_);
    append(format_ == Format::te ? without_headings(gap, at_line_start()) : std::string(gap));
    std::pair<std::string, std::string> parts;
    if (require_)
        parts = {head_.substr(0, *require_), head_.substr(*require_)};
    else if (module_end_)
        parts = split_behind_module_statement();
    else
        parts = {{}, head_};
    auto& [before, behind] = parts;
    before = skip_blank_lines(before);
    behind = without_end_blanks(before.empty() ? skip_blank_lines(behind) : behind);
    return parts;
}

} // namespace selns::module
