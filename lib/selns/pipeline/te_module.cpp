#include "selns/pipeline/te_module.hpp"

#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/cache/run_directory.hpp"
#include "selns/module/plain_te.hpp"

#include <charconv>

namespace selns::pipeline {

namespace {

// What checkmodule SAID of NAME: "NAME.te:3:ERROR 'unknown type foo_t' at token ';' on line 3:".
Error complaint(const std::string& said, const std::string& name, const std::string& file) {
    const std::string_view first = std::string_view(said).substr(0, said.find('\n'));
    std::string_view text = trim(first);
    int line = 0;
    if (const std::size_t at = text.find(name + ":"); at != text.npos) {
        text.remove_prefix(at + name.size() + 1);
        std::from_chars(text.data(), text.data() + text.size(), line);
    }
    if (const std::size_t at = text.find("ERROR "); at != text.npos)
        text.remove_prefix(at + 6);
    text = text.substr(0, text.rfind(" on line "));
    return Error(ErrorKind::invalid_input, "checkmodule: " + printable(text)).at({file, line});
}

} // namespace

std::string compile_te(const std::string& text, const std::filesystem::path& file, bool mls,
                       const Context& context) {
    const auto [name, plain] = module::plain_te(text, file.string());
    const cache::RunDirectory run(context.cache.register_directory());
    run.write(name + ".te", plain);
    const std::filesystem::path stem = run.path() / name;
    const auto path = [&](const char* ending) { return stem.string() + ending; };
    std::string said;
    process::Command check;
    check.argv = {"checkmodule", "-m", "-o", path(".mod"), path(".te")};
    if (mls)
        check.argv.insert(check.argv.begin() + 1, "-M");
    check.package = "checkpolicy";
    check.on_error_line = [&said](std::string_view line) { said.append(line).push_back('\n'); };
    if (!context.runner.run(check).ok())
        throw complaint(said, path(".te"), file.string());
    process::output_of(context.runner,
                       {.argv = {"semodule_package", "-o", path(".pp"), "-m", path(".mod")},
                        .package = "semodule-utils"});
    return read_file(path(".pp"));
}

} // namespace selns::pipeline
