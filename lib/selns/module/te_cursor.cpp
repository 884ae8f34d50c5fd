#include "selns/module/te_cursor.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/log/names.hpp"

#include <algorithm>

namespace selns::module {

// The last token ends the statement, so that it is never passed by what looks for others.
const TeToken& TeCursor::now() const {
    return statement_.tokens[std::min(at_, statement_.tokens.size() - 1)];
}

bool TeCursor::skip(std::string_view what) {
    if (at_ >= statement_.tokens.size() || !now().is(what))
        return false;
    ++at_;
    return true;
}

void TeCursor::expect(std::string_view what) {
    if (!skip(what))
        fail();
}

std::string TeCursor::take_name() {
    const TeToken& token = now();
    if (token.kind != TeToken::Kind::word ||
        (token.text != "self" && log::is_te_reserved(token.text)))
        fail();
    ++at_;
    return std::string(token.text);
}

std::string_view TeCursor::take_number() {
    if (now().kind != TeToken::Kind::number)
        fail();
    return statement_.tokens[at_++].text;
}

void TeCursor::fail() const {
    fail("expected " + expected_, now().line);
}

void TeCursor::fail(const std::string& message, int line) const {
    throw Error(ErrorKind::invalid_input, message).at({file_, line});
}

} // namespace selns::module
