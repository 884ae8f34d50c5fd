#include "selns/log/lines.hpp"

#include <algorithm>
#include <utility>

namespace selns::log {

void LineCutter::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        if (bytes.front() == '\n' && begun_.empty() && !too_long_) {
            const std::size_t count = std::min(bytes.find_first_not_of('\n'), bytes.size());
            on_empty_lines(count);
            bytes.remove_prefix(count);
            continue;
        }
        const std::size_t end = bytes.find('\n');
        if (end == std::string_view::npos) {
            keep(bytes);
            break;
        }
        end_line(bytes.substr(0, end));
        bytes.remove_prefix(end + 1);
    }
}

void LineCutter::finish() {
    if (too_long_)
        on_long_line(begun_, size_);
    else if (!begun_.empty())
        on_joined_line(std::move(begun_), false);
    begun_.clear();
    too_long_ = false;
}

void LineCutter::end_line(std::string_view rest) {
    if (too_long_ || begun_.size() + rest.size() > longest) {
        keep_begin(rest);
        on_long_line(begun_, size_);
    } else if (begun_.empty()) {
        on_line(rest, true);
        return;
    } else {
        begun_.append(rest);
        on_joined_line(std::move(begun_), true);
    }
    begun_.clear();
    too_long_ = false;
}

void LineCutter::keep(std::string_view part) {
    if (!too_long_ && begun_.size() + part.size() <= longest) {
        begun_.append(part);
        return;
    }
    keep_begin(part);
}

// Of a line that is too long with PART.
void LineCutter::keep_begin(std::string_view part) {
    size_ = (too_long_ ? size_ : begun_.size()) + part.size();
    too_long_ = true;
    begun_.append(part.substr(0, begin_size));
    begun_.resize(std::min(begun_.size(), begin_size));
}

} // namespace selns::log
