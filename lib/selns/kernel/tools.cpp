#include "selns/kernel/tools.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <filesystem>
#include <system_error>

namespace selns::kernel {

namespace {

struct Tool {
    const char* program;
    const char* package;
};

std::vector<Tool> tools_for(const Recipe& recipe, Purpose purpose) {
    if (!is_compiled(recipe))
        return {{"apt-get", "apt"}, {"depmod", "kmod"}};
    std::vector<Tool> tools = {
        {"make", "make"}, {"gcc", "gcc"}, {"ld", "binutils"}, {"flex", "flex"}, {"bison", "bison"}};
    if (purpose == Purpose::build)
        tools.insert(tools.end(), {{"bc", "bc"}, {"perl", "perl"}, {"gzip", "gzip"}});
    if (!recipe.patches.empty())
        tools.push_back({"patch", "patch"});
    if (std::holds_alternative<GitSource>(recipe.source))
        tools.push_back({"git", "git"});
    if (std::holds_alternative<SourcePackage>(recipe.source))
        tools.push_back({"apt-get", "apt"});
    return tools;
}

// objtool, which checks the kernel's code, reads ELF files. A compiler that is asked takes longer
// than all the rest of a look at this host.
bool has_libelf(process::Runner& runner) {
    std::error_code ignored;
    if (std::filesystem::exists("/usr/include/gelf.h", ignored))
        return true;
    process::Command compile;
    compile.argv = {"gcc", "-include", "gelf.h", "-x", "c", "-fsyntax-only", "/dev/null"};
    compile.package = "gcc";
    return runner.run(compile).ok();
}

std::string first_line(process::Runner& runner, const char* program, const char* package) {
    process::Command ask;
    ask.argv = {program, "--version"};
    ask.environment = {{"LC_ALL", "C"}};
    ask.package = package;
    const std::string output = process::output_of(runner, ask);
    return printable(trim(output.substr(0, output.find('\n'))));
}

} // namespace

void require_tools(const Recipe& recipe, Purpose purpose, process::Runner& runner) {
    std::vector<std::string> programs;
    std::vector<std::string> packages;
    for (const Tool& tool : tools_for(recipe, purpose)) {
        if (runner.find(tool.program))
            continue;
        programs.emplace_back(tool.program);
        packages.emplace_back(tool.package);
    }
    const bool compiles = is_compiled(recipe) && purpose == Purpose::build;
    if (compiles && runner.find("gcc") && !has_libelf(runner)) {
        programs.emplace_back("gelf.h");
        packages.emplace_back("libelf-dev");
    }
    if (!programs.empty())
        throw Error(ErrorKind::tool_failed, "not installed: " + join(programs, ", "))
            .hint("apt-get install " + join(packages, " "));
}

cache::Inputs toolchain(const Recipe& recipe, process::Runner& runner) {
    if (!is_compiled(recipe))
        return {{"depmod", first_line(runner, "depmod", "kmod")}};
    return {{"gcc", first_line(runner, "gcc", "gcc")},
            {"ld", first_line(runner, "ld", "binutils")}};
}

} // namespace selns::kernel
