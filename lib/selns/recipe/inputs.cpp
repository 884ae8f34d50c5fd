#include "selns/recipe/inputs.hpp"

#include "selns/base/text.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace selns::recipe {

namespace fs = std::filesystem;

namespace {

void report(const Value& value, const Path& path, const std::string& trouble) {
    const char* note =
        value.text().starts_with('/') ? "" : " (paths are relative to the recipe's folder)";
    value.report(trouble + ": " + printable(path.string()) + note);
}

enum class Wanted { file, directory, file_or_directory, file_or_nothing };

void check_input(const Value& value, const Path& path, Wanted wanted) {
    std::error_code failed;
    const fs::file_status status = fs::status(path, failed);
    if (status.type() == fs::file_type::not_found) {
        if (wanted != Wanted::file_or_nothing)
            report(value, path, "no such file");
        return;
    }
    if (failed)
        return report(value, path, failed.message());
    const bool directory = status.type() == fs::file_type::directory;
    if (directory && wanted != Wanted::directory && wanted != Wanted::file_or_directory)
        return report(value, path, "expected a file, got a directory");
    if (!directory && wanted == Wanted::directory)
        return report(value, path, "expected a directory, got a file");
    if (!directory && status.type() != fs::file_type::regular)
        return report(value, path, "expected a file, got a device, pipe or socket");
    if (!directory && value.text().ends_with('/'))
        return report(value, path, "expected a directory, since it ends in /, got a file");
    if (::access(path.c_str(), R_OK) != 0)
        report(value, path, std::generic_category().message(errno));
}

} // namespace

Path tidy(const Path& path) {
    Path tidied;
    for (const Path& part : path)
        if (part != "." && !part.empty())
            tidied /= part;
    return tidied;
}

const Path& Inputs::folder_of(const Value& value) const {
    const auto found = folders_.find(value.at().file);
    return found == folders_.end() ? folder_ : found->second;
}

Located<Path> Inputs::path(const Value& value) const {
    return {tidy(folder_of(value) / value.text()), value.at()};
}

Located<Path> Inputs::file(const Value& value) const {
    auto found = path(value);
    check_input(value, found.value, Wanted::file);
    return found;
}

Located<Path> Inputs::directory(const Value& value) const {
    auto found = path(value);
    check_input(value, found.value, Wanted::directory);
    return found;
}

Located<Path> Inputs::file_or_directory(const Value& value) const {
    auto found = path(value);
    check_input(value, found.value, Wanted::file_or_directory);
    return found;
}

Located<Path> Inputs::file_or_nothing(const Value& value) const {
    auto found = path(value);
    check_input(value, found.value, Wanted::file_or_nothing);
    return found;
}

Located<std::string> Inputs::pattern(const Value& value) const {
    if (value.text().starts_with('/'))
        return {value.text(), value.at()};
    std::string text;
    for (const char c : folder_of(value).string()) {
        if (std::string_view("*?[]\\").find(c) != std::string_view::npos)
            text += '\\';
        text += c;
    }
    return {text + (text.ends_with('/') ? "" : "/") + value.text(), value.at()};
}

} // namespace selns::recipe
