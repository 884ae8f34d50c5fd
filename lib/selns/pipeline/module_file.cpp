#include "selns/pipeline/module_file.hpp"

#include "selns/base/file.hpp"
#include "selns/recipe/recipe.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace selns::pipeline {

namespace {

// Others may link to the file: what they see must change, too.
std::filesystem::path real_file(const std::filesystem::path& file) {
    std::error_code ignored;
    const auto real = std::filesystem::canonical(file, ignored);
    return real.empty() ? std::filesystem::absolute(file) : real;
}

std::filesystem::path lock_file(const std::filesystem::path& file) {
    const auto directory = file.parent_path();
    if (!std::filesystem::is_directory(directory))
        throw Error(ErrorKind::invalid_input,
                    "no such directory: " + directory.string() + ", for the local module");
    return directory / ("." + file.filename().string() + ".lock");
}

std::string text_of_file(const std::filesystem::path& file) {
    return std::filesystem::exists(file) ? read_file(file) : std::string();
}

module::LocalModule parse(const std::string& text, const std::filesystem::path& file) {
    if (file.extension() == ".pp")
        throw Error(ErrorKind::invalid_input, "the local module is text, and .pp is not")
            .at({file.string()})
            .hint("name it .cil or .te; `selns-build denials import` takes a .pp over");
    if (!recipe::is_module_name(file.stem().string()))
        throw Error(ErrorKind::invalid_input, std::string(recipe::module_name_rule))
            .at({file.string()});
    if (text.empty())
        return module::LocalModule(module::format_of(file), file.stem().string());
    return module::LocalModule::parse(text, file.string());
}

} // namespace

module::LocalModule read_module(const std::filesystem::path& file) {
    return parse(text_of_file(file), file);
}

ModuleFile::ModuleFile(std::filesystem::path file, const Interrupt& interrupt,
                       const std::function<void()>& on_wait)
    : file_(real_file(file)), lock_(cache::Lock::wait(lock_file(file_), interrupt, on_wait)),
      text_(text_of_file(file_)), module_(parse(text_, file)) {}

bool ModuleFile::write(std::string text) {
    if (text == text_)
        return false;
    write_file(file_, text);
    text_ = std::move(text);
    return true;
}

} // namespace selns::pipeline
