#include "selns-build/declaration.hpp"

#include "selns-build/look.hpp"
#include "selns-build/suggest.hpp"
#include "selns/base/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace selns::cmd {

namespace {

struct NamedMode {
    const char* name;
    ProgressMode mode;
};
constexpr std::array progress_modes{
    NamedMode{"auto", ProgressMode::automatic}, NamedMode{"bar", ProgressMode::bar},
    NamedMode{"plain", ProgressMode::plain}, NamedMode{"json", ProgressMode::json},
    NamedMode{"none", ProgressMode::none}};

std::vector<std::string> option_names(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options()) {
        const std::string all = option->get_positional() ? "" : option->get_name(false, true);
        for (const std::string_view name : split(all, ','))
            names.emplace_back(name);
    }
    return names;
}

// "  -o, --output DIR"
std::string left_column(const CLI::Option& option) {
    std::string name = option.get_name(false, true);
    if (const auto comma = name.find(','); comma != std::string::npos)
        name.insert(comma + 1, " ");
    else
        name.insert(0, "    ");
    const bool takes_value = option.get_items_expected_max() > 0;
    return "  " + name + (takes_value ? " " + option.get_type_name() : "");
}

} // namespace

Declaration::Declaration(std::string name)
    : name_(std::move(name)), app_(std::make_unique<CLI::App>()) {
    app_->set_help_flag();
    app_->allow_extras();
}

Declaration::~Declaration() = default;

Error Declaration::usage(const std::string& message) const {
    return Error(ErrorKind::usage, message).hint("see `" + name_ + " --help`");
}

void Declaration::flag(bool& value, const char* name, const char* description) {
    app_->add_flag(name, value, description);
}

void Declaration::path(std::filesystem::path& value, const char* name, const char* description) {
    auto text = std::make_shared<std::string>();
    app_->add_option(name, *text);
    check([this, text, &value, description] {
        if (text->empty())
            throw usage(std::string("expected ") + description);
        value = *text;
    });
}

void Declaration::optional_path(std::filesystem::path& value, const char* name) {
    auto text = std::make_shared<std::string>();
    app_->add_option(name, *text);
    check([text, &value] { value = *text; });
}

void Declaration::option(std::string& value, const char* name, const char* what,
                         const char* description) {
    CLI::Option* option = app_->add_option(name, value, description);
    option->type_name(what);
    check([this, option, &value, name = std::string(name), what = std::string(what)] {
        if (option->count() > 0 && value.empty())
            throw usage(name + ": expected " + what);
    });
}

void Declaration::option(std::filesystem::path& value, const char* name, const char* what,
                         const char* description) {
    auto text = std::make_shared<std::string>();
    option(*text, name, what, description);
    check([text, &value] { value = *text; });
}

void Declaration::option(unsigned& value, const char* name, const char* what,
                         const char* description, unsigned least) {
    auto text = std::make_shared<std::string>();
    option(*text, name, what, description);
    check([this, text, &value, name = std::string(name), least] {
        if (text->empty())
            return;
        const char* end = text->data() + text->size();
        const auto [at, error] = std::from_chars(text->data(), end, value);
        if (error != std::errc() || at != end || value < least)
            throw usage(fmt::format("{}: expected a number from {} on, got \"{}\"", name, least,
                                    printable(*text)));
    });
}

void Declaration::options(std::vector<std::string>& value, const char* name, const char* what,
                          const char* description) {
    app_->add_option(name, value, description)->type_name(what)->allow_extra_args(false);
    check([this, &value, name = std::string(name), what = std::string(what)] {
        if (std::find(value.begin(), value.end(), "") != value.end())
            throw usage(name + ": expected " + what);
    });
}

void Declaration::paths(std::vector<std::filesystem::path>& value, const char* name) {
    auto texts = std::make_shared<std::vector<std::string>>();
    app_->add_option(name, *texts);
    check([texts, &value] { value.assign(texts->begin(), texts->end()); });
}

void Declaration::recipes(std::vector<std::filesystem::path>& value) {
    auto texts = std::make_shared<std::vector<std::string>>();
    app_->add_option("RECIPE", *texts);
    check([this, texts, &value] {
        if (texts->empty() || std::find(texts->begin(), texts->end(), "") != texts->end())
            throw usage("expected the file of a recipe");
        value.assign(texts->begin(), texts->end());
    });
}

void Declaration::output(std::filesystem::path& value, const char* description) {
    auto text = std::make_shared<std::string>();
    CLI::Option* option = app_->add_option("-o,--output", *text, description);
    option->type_name("DIR");
    check([this, text, option, &value] {
        if (option->count() > 0 && text->empty())
            throw usage("--output: expected a directory");
        value = *text;
    });
}

void Declaration::overrides(std::vector<recipe::Override>& value) {
    auto texts = std::make_shared<std::vector<std::string>>();
    app_->add_option("--set", *texts, "put VALUE over the recipe's, as in selinux.mode=enforcing")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    check([this, texts, &value] {
        for (const std::string& text : *texts) {
            const auto equals = text.find('=');
            if (equals == 0 || equals == std::string::npos)
                throw usage("--set: expected KEY=VALUE, got \"" + text + "\"");
            value.push_back({text.substr(0, equals), text.substr(equals + 1)});
        }
    });
}

void Declaration::progress(ProgressMode& value) {
    auto text = std::make_shared<std::string>("auto");
    app_->add_option("--progress", *text, "auto, bar, plain, json or none")->type_name("HOW");
    check([this, text, &value] {
        std::vector<std::string> names;
        for (const NamedMode& known : progress_modes) {
            names.emplace_back(known.name);
            if (*text == known.name) {
                value = known.mode;
                return;
            }
        }
        throw usage("--progress: expected auto, bar, plain, json or none, got \"" + *text + "\"" +
                    suggest(*text, names));
    });
}

void Declaration::selinux_namespace(std::optional<bool>& required) {
    auto text = std::make_shared<std::string>();
    app_->add_option("--selinux-namespace", *text,
                     "required: a container without one of its own is a failure; auto: it may have "
                     "the machine's (default: as the recipe says)")
        ->type_name("required|auto");
    check([this, text, &required] {
        if (text->empty())
            return;
        if (*text != "required" && *text != "auto")
            throw usage("--selinux-namespace: expected required or auto, got \"" + *text + "\"" +
                        suggest(*text, {"required", "auto"}));
        required = *text == "required";
    });
}

void Declaration::check(std::function<void()> check) {
    checks_.push_back(std::move(check));
}

bool Declaration::parse(const std::vector<std::string>& arguments) {
    app_->add_flag("-h,--help", help_, "show this");
    // CLI11 takes them from the back.
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app_->parse(std::move(reversed));
    } catch (const CLI::ParseError& error) {
        throw usage(error.what());
    }
    if (help_)
        return false;
    check_leftovers();
    for (const auto& check : checks_)
        check();
    return true;
}

void Declaration::check_leftovers() const {
    for (const std::string& argument : app_->remaining()) {
        if (argument == "--")
            continue;
        if (!argument.starts_with('-'))
            throw usage("unexpected argument \"" + argument + "\"");
        const std::string name = argument.substr(0, argument.find('='));
        throw usage("unknown option " + name + suggest(name, option_names(*app_)));
    }
}

std::string Declaration::list_options() const {
    int width = 0;
    for (const CLI::Option* option : std::as_const(*app_).get_options())
        if (!option->get_positional())
            width = std::max(width, columns(left_column(*option)));
    std::string text;
    for (const CLI::Option* option : std::as_const(*app_).get_options()) {
        if (option->get_positional())
            continue;
        std::string start = pad(left_column(*option), width + 2);
        for (const std::string& line : wrap(option->get_description(), 78 - width)) {
            text += start + line + "\n";
            start = std::string(static_cast<std::size_t>(width) + 2, ' ');
        }
    }
    return text;
}

bool Declaration::takes_value(const std::string& argument) const {
    for (const CLI::Option* option : std::as_const(*app_).get_options())
        if (option->check_name(argument))
            return option->get_items_expected_max() > 0;
    return false;
}

} // namespace selns::cmd
