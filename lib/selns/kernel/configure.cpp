#include "selns/kernel/configure.hpp"

#include "selns/base/error.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/abilities.hpp"
#include "selns/kernel/fragments.hpp"
#include "selns/kernel/said.hpp"

#include <algorithm>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t config_limit = 16U << 20U;

void apply(const TextFile& patch, const fs::path& source, const Context& context) {
    const fs::path file = source.string() + ".patch";
    write_file(file, patch.text);
    std::string output;
    process::Command command;
    command.argv = {"patch",
                    "--strip=1",
                    "--forward",
                    "--batch",
                    "--no-backup-if-mismatch",
                    "--input=" + file.string()};
    command.directory = source;
    command.package = "patch";
    command.on_output = [&](std::string_view data) { output.append(data.substr(0, 4096)); };
    const process::Result result = context.runner.run(command);
    fs::remove(file);
    if (!result.ok())
        throw Error(ErrorKind::invalid_input, "the patch does not apply to this source")
            .at({printable(patch.name)})
            .hint(said(output + result.error_tail));
}

// The targets that leave out what nobody asked for take the fragments themselves, so that new
// questions, which the fragments' answers bring up, are answered in their spirit.
void make_base(const Recipe& recipe, const Config& wanted, Make& make) {
    const fs::path config = make.source() / ".config";
    if (recipe.base_file) {
        write_file(config, merged_text(recipe.base_file->text, wanted));
        return;
    }
    const std::string what = "make " + recipe.base + " failed";
    if (recipe.base == "allnoconfig" || recipe.base == "alldefconfig") {
        const fs::path all = make.source().string() + ".config";
        write_file(all, merged_text({}, wanted));
        make.run_with("KCONFIG_ALLCONFIG=" + all.string(), {recipe.base}, what);
        fs::remove(all);
        return;
    }
    make.run({recipe.base}, what);
    write_file(config, merged_text(read_file(config, config_limit), wanted));
}

} // namespace

void prepare_source(const Recipe& recipe, const Origin& origin, const fs::path& directory,
                    Part part, progress::Step& step, const Context& context) {
    fs::create_directories(directory);
    origin.unpack(directory, part, step);
    for (const TextFile& patch : recipe.patches) {
        step.detail("patch " + printable(patch.name));
        apply(patch, directory, context);
    }
}

void check_provides(const Recipe& recipe, const Config& config) {
    const auto findings = findings_of(config);
    std::string missing;
    for (const Finding& finding : findings) {
        const auto& wanted = recipe.provides;
        const bool asked = std::find(wanted.begin(), wanted.end(), finding.id) != wanted.end();
        if (asked && finding.state == State::no)
            missing += (missing.empty() ? "" : "\n") + std::string(finding.id) +
                       (finding.detail.empty() ? "" : ": " + finding.detail);
    }
    if (!missing.empty())
        throw Error(ErrorKind::failed, "this kernel does not provide all that its recipe says")
            .at({recipe.file})
            .hint(missing);
}

Config configure(const Recipe& recipe, const Config& wanted, Make& make) {
    make_base(recipe, wanted, make);
    make.run({"olddefconfig"}, "make olddefconfig failed");
    Diagnostics ignored;
    const fs::path file = make.source() / ".config";
    Config config = parse_config(read_file(file, config_limit), file.string(), ignored);
    check_survived(wanted, config, make.source());
    check_provides(recipe, config);
    return config;
}

} // namespace selns::kernel
