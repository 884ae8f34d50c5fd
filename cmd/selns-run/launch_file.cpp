#include "selns-run/launch_file.hpp"

#include "selns-run/kernel.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <climits>

namespace selns::run {

namespace {

using Json = nlohmann::json; // an ordered one takes the square of an object's keys

constexpr std::size_t most_launch_file = std::size_t{16} << 20U;
constexpr std::size_t most_entries = 10'000;

class Reader {
  public:
    explicit Reader(const std::string& file) : file_(file) {}

    [[noreturn]] void fail(const std::string& what) const {
        throw Error(ErrorKind::invalid_input, file_ + ": " + what)
            .hint("`selns-build build` writes it beside the image");
    }

    std::string text(const Json& object, const char* key, const std::string& place) const {
        const auto found = object.find(key);
        if (found == object.end() || !found->is_string())
            fail(place + key + " has to be a string");
        return found->get<std::string>();
    }

    std::string optional_text(const Json& object, const char* key) const {
        return object.contains(key) ? text(object, key, "") : std::string();
    }

    const Json& list(const Json& object, const char* key) const {
        const auto found = object.find(key);
        if (found == object.end() || !found->is_array() || found->size() > most_entries)
            fail(std::string("container.") + key + " has to be a list of at most " +
                 std::to_string(most_entries));
        for (const Json& entry : *found)
            if (!entry.is_object())
                fail(std::string("container.") + key + " has to be a list of objects");
        return *found;
    }

    std::string path(const Json& entry) const {
        std::string value = text(entry, "path", "container: ");
        if (!is_plain_path(value))
            fail("\"" + printable(value) + "\" is no absolute path without . and ..");
        return value;
    }

    std::string context(const Json& entry) const {
        std::string value = text(entry, "context", "container: ");
        if (!is_context(value))
            fail("\"" + printable(value) + "\" is no security context");
        return value;
    }

    unsigned mode(const Json& entry) const {
        const std::string value = text(entry, "mode", "container: ");
        unsigned mode = 0;
        for (const char digit : value) {
            if (digit < '0' || digit > '7' || value.size() > 4)
                fail("\"" + printable(value) + "\" is no mode: four octal digits");
            mode = mode * 8 + static_cast<unsigned>(digit - '0');
        }
        return mode;
    }

  private:
    const std::string& file_;
};

} // namespace

bool is_plain_path(std::string_view path) {
    if (path.size() < 2 || path.size() >= PATH_MAX || path.front() != '/' ||
        path.find('\0') != std::string_view::npos)
        return false;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view name = path.substr(0, path.find('/'));
        if (name.empty() || name == "." || name == ".." || name.size() > NAME_MAX)
            return false;
        path.remove_prefix(name.size());
    }
    return true;
}

bool is_context(std::string_view context) {
    return context.size() <= longest_context && std::ranges::count(context, ':') >= 2 &&
           std::ranges::all_of(context, [](char c) { return c > ' ' && c <= '~'; });
}

bool is_container_name(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    };
    return !name.empty() && name.size() <= 64 && name.front() != '.' && name.front() != '-' &&
           std::ranges::all_of(name, plain);
}

LaunchFile read_launch_file(Kernel& kernel, const std::string& path) {
    const Handle file(kernel,
                      must(kernel.openat2(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, 0),
                           "open " + path, "it lies beside the image, or --launch names it"));
    std::string text;
    must(read_all(kernel, file.get(), text, most_launch_file), "read " + path);
    return parse_launch_file(text, path);
}

LaunchFile parse_launch_file(std::string_view text, const std::string& file) {
    const Reader reader(file);
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object())
        reader.fail("is no JSON object");
    if (json.value("schema", Json()) != 1)
        reader.fail("schema has to be 1");
    LaunchFile launch;
    launch.name = reader.optional_text(json, "name");
    launch.hostname = reader.optional_text(json, "hostname");
    if (!launch.hostname.empty() && !is_container_name(launch.hostname))
        reader.fail("\"" + printable(launch.hostname) + "\" is no host name");
    const auto policy = json.find("policy");
    if (policy == json.end() || !policy->is_object())
        reader.fail("policy has to be an object");
    launch.policy_type = reader.text(*policy, "type", "policy.");
    const auto container = json.find("container");
    if (container == json.end() || !container->is_object())
        reader.fail("has no container: the image was not built for a launch in a namespace");
    for (const Json& entry : reader.list(*container, "labels"))
        launch.labels.push_back({reader.path(entry), reader.context(entry)});
    for (const Json& entry : reader.list(*container, "directories"))
        launch.directories.push_back(
            {reader.path(entry), reader.mode(entry), reader.context(entry)});
    if (container->contains("terminals")) // of an older build it has none
        for (const Json& entry : reader.list(*container, "terminals"))
            launch.terminals.push_back(reader.context(entry));
    return launch;
}

} // namespace selns::run
