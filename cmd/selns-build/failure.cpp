#include "selns-build/failure.hpp"

#include "selns-build/session.hpp"
#include "selns/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <exception>
#include <filesystem>
#include <new>
#include <string_view>
#include <utility>

namespace selns::cmd {

namespace {

// The length of a line's "FILE:LINE" or "FILE:LINE:COLUMN"; 0 when it does not start with a place.
// Several findings come as one message with a place in each line.
std::size_t place_length(std::string_view line) {
    const auto end = line.find(": ");
    if (end == std::string_view::npos)
        return 0;
    const auto colon = line.substr(0, end).rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == end)
        return 0;
    const std::string_view number = line.substr(colon + 1, end - colon - 1);
    const bool digits = std::all_of(number.begin(), number.end(),
                                    [](unsigned char c) { return std::isdigit(c) != 0; });
    return digits ? end : 0;
}

std::string message_lines(const Error& error, const Look& look) {
    const std::string message = error.location().known()
                                    ? error.location().str() + ": " + error.message()
                                    : error.message();
    auto lines = screen_lines(message);
    if (lines.empty())
        lines.emplace_back("failed");
    std::size_t place = place_length(lines.front());
    if (place == 0 && error.location().known())
        place = on_screen(error.location().str()).size();
    if (place == 0) {
        lines.front().insert(0, "selns-build: ");
        place = std::string_view("selns-build").size();
    }
    std::string text;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const std::size_t marked = i == 0 ? place : place_length(lines[i]);
        text += paint(look, Tone::red_bold, lines[i].substr(0, marked)) + lines[i].substr(marked) +
                "\n";
    }
    return text;
}

void report(Session& session, const Error& error) {
    session.err.write(session.messages == MessageForm::json ? error_json(error)
                                                            : error_text(error, session.err_look));
}

// What the library says names its function and quotes paths in its own way.
Error error_of(const std::filesystem::filesystem_error& error) {
    Error result = system_error("cannot use " + error.path1().string(), error.code().value());
    if (!error.path2().empty())
        result.context("with " + error.path2().string());
    return result;
}

int fail(Session& session, const std::string& what, Error error) {
    if (!what.empty() && !error.location().known() && place_length(error.message()) == 0)
        error.context(what);
    report(session, error);
    return exit_status(error.kind());
}

} // namespace

std::string error_text(const Error& error, const Look& look) {
    std::string text = message_lines(error, look);
    for (const std::string& line : screen_lines(error.hint()))
        text += line.empty() ? "\n" : "  " + line + "\n";
    return text;
}

std::string error_json(const Error& error) {
    nlohmann::ordered_json object{{"event", "error"}, {"status", exit_status(error.kind())}};
    if (error.location().known())
        object["file"] = error.location().file;
    if (error.location().line > 0)
        object["line"] = error.location().line;
    if (error.location().column > 0)
        object["column"] = error.location().column;
    object["message"] = error.message();
    if (!error.hint().empty())
        object["hint"] = error.hint();
    return object.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

int guarded(Session& session, const std::string& what, const std::function<int()>& work) {
    try {
        return work();
    } catch (const Error& error) {
        return fail(session, what, error);
    } catch (const std::filesystem::filesystem_error& error) {
        return fail(session, what, error_of(error));
    } catch (const std::bad_alloc&) {
        return fail(session, what, Error(ErrorKind::failed, "out of memory"));
    } catch (const std::exception& error) {
        return fail(session, what, Error(ErrorKind::failed, error.what()));
    }
}

} // namespace selns::cmd
