#pragma once

#include "selns-build/options.hpp"
#include "selns/base/error.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace selns::cmd {

// The arguments of one subcommand: declared by its file, parsed and listed by --help here.
class Declaration {
  public:
    // NAME: "selns-build build".
    explicit Declaration(std::string name);
    ~Declaration();
    Declaration(const Declaration&) = delete;
    Declaration& operator=(const Declaration&) = delete;

    // Each declares an argument and says where its value goes, which must outlive this object.
    void flag(bool& value, const char* name, const char* description);
    void path(std::filesystem::path& value, const char* name, const char* description);
    // One that may be missing.
    void optional_path(std::filesystem::path& value, const char* name);
    // NAME may be missing: "--module", with WHAT for its value ("FILE").
    void option(std::filesystem::path& value, const char* name, const char* what,
                const char* description);
    void option(std::string& value, const char* name, const char* what, const char* description);
    // A whole number from LEAST on.
    void option(unsigned& value, const char* name, const char* what, const char* description,
                unsigned least = 1);
    // One that can be given several times.
    void options(std::vector<std::string>& value, const char* name, const char* what,
                 const char* description);
    // Any number of them, none too.
    void paths(std::vector<std::filesystem::path>& value, const char* name);
    void recipes(std::vector<std::filesystem::path>& value);
    void output(std::filesystem::path& value, const char* description);
    void overrides(std::vector<recipe::Override>& value);
    void progress(ProgressMode& value);
    // --selinux-namespace: whether it is required.
    void selinux_namespace(std::optional<bool>& required);
    // Something that no single argument can tell; it throws a usage Error.
    void check(std::function<void()> check);

    // Fills the values. False when --help was asked for instead. Throws usage Errors.
    bool parse(const std::vector<std::string>& arguments);
    // One line for each option, aligned.
    std::string list_options() const;
    // Whether the option ARGUMENT (such as "-o") is followed by its value.
    bool takes_value(const std::string& argument) const;

    // A usage Error that points to --help.
    Error usage(const std::string& message) const;

  private:
    void check_leftovers() const;

    std::string name_;
    std::unique_ptr<CLI::App> app_;
    bool help_ = false;
    std::vector<std::function<void()>> checks_;
};

} // namespace selns::cmd
