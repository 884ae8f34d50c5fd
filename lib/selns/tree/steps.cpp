#include "selns/tree/steps.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

namespace selns::tree {

namespace {

constexpr int most_symlinks = 40; // as Linux has it

} // namespace

void Steps::skip() {
    for (;;) {
        if (rest_.starts_with('/'))
            rest_.remove_prefix(1);
        else if (rest_ == "." || rest_.starts_with("./"))
            rest_.remove_prefix(1);
        else
            return;
    }
}

bool Steps::next(std::string_view& name) {
    skip();
    if (rest_.empty())
        return false;
    name = rest_.substr(0, rest_.find('/'));
    rest_.remove_prefix(name.size());
    return true;
}

bool Steps::last() {
    skip();
    return rest_.empty();
}

void Steps::follow(std::string_view target) {
    if (++followed_ > most_symlinks)
        throw Error(ErrorKind::invalid_input,
                    "too many symbolic links in " + printable(path_.substr(0, 256)));
    std::string next(target);
    next += '/';
    next += rest_;
    buffer_ = std::move(next);
    rest_ = buffer_;
}

} // namespace selns::tree
