#include "selns/kernel/check.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/file.hpp"
#include "selns/base/text.hpp"
#include "selns/kernel/bundle.hpp"
#include "selns/kernel/ikconfig.hpp"
#include "selns/kernel/probe.hpp"
#include "selns/kernel/recipe.hpp"

#include <array>
#include <optional>

namespace selns::kernel {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t file_limit = 512U << 20U;
constexpr std::uint64_t text_limit = 16U << 20U;

void judge(Examination& examination) {
    examination.verdicts.clear();
    for (const Mode mode : {Mode::vm, Mode::namespaced})
        examination.verdicts.push_back(verdict_of(mode, examination.findings));
}

Config config_of(const std::string& text, const std::string& name) {
    Diagnostics problems;
    Config config = parse_config(text, printable(name), problems);
    if (config.empty())
        throw Error(ErrorKind::invalid_input,
                    "neither a kernel's configuration nor a kernel image nor a kernel bundle")
            .at({printable(name)});
    return config;
}

// "# Linux/x86 6.1.158 Kernel Configuration": the version without what was added to it.
std::string release_in(const std::string& text) {
    constexpr std::string_view end = " Kernel Configuration";
    const std::string head = text.substr(0, 400);
    for (const std::string_view line : split(head, '\n')) {
        const auto words = split_words(line);
        if (line.ends_with(end) && words.size() == 5)
            return printable(words[2]);
    }
    return {};
}

Examination from_text(const std::string& text, const std::string& name) {
    Examination examination = examination_of(config_of(text, name));
    examination.what = name;
    examination.release = release_in(text);
    return examination;
}

Examination examine_image(const std::string& bytes, const std::string& name) {
    const auto config = embedded_config(bytes);
    if (!config)
        throw Error(ErrorKind::invalid_input,
                    "no configuration is embedded (or it is no kernel image)")
            .at({printable(name)})
            .hint("give its configuration instead, often /boot/config-VERSION");
    Examination examination = from_text(*config, name);
    examination.origin = "the embedded configuration";
    if (const auto release = embedded_release(bytes))
        examination.release = printable(*release);
    return examination;
}

Examination examine_bundle(const fs::path& directory) {
    const Bundle bundle = open_bundle(directory);
    Examination examination =
        from_text(read_file(bundle.config, text_limit), bundle.config.string());
    examination.what = directory.string();
    examination.release = bundle.version;
    examination.origin = "the bundle's configuration";
    return examination;
}

// The configuration of the running kernel, with the file's name.
std::optional<TextFile> running_config(const fs::path& root, const std::string& release) {
    const std::array<fs::path, 4> files = {"proc/config.gz", "boot/config-" + release,
                                           "lib/modules/" + release + "/config",
                                           "usr/lib/modules/" + release + "/config"};
    for (const fs::path& file : files) {
        std::error_code ignored;
        if (!fs::is_regular_file(root / file, ignored))
            continue;
        try {
            return TextFile{"/" + file.string(),
                            archive::decompress(read_file(root / file, file_limit), text_limit)};
        } catch (const Error&) {
            continue; // another one may do
        }
    }
    return std::nullopt;
}

} // namespace

Examination examination_of(const Config& config) {
    Examination examination;
    examination.findings = findings_of(config);
    judge(examination);
    return examination;
}

Examination examine(const fs::path& what) {
    std::error_code ignored;
    if (fs::is_directory(what, ignored))
        return examine_bundle(what);
    const std::string bytes = read_file(what, file_limit);
    if (kind_of(bytes) == KernelFile::image)
        return examine_image(bytes, what.string());
    Examination examination = from_text(archive::decompress(bytes, text_limit), what.string());
    examination.origin = "a configuration";
    return examination;
}

Examination examine_running(const fs::path& root) {
    const Running running = probe(root);
    const auto config = running_config(root, running.release);
    Examination examination;
    if (config)
        examination = from_text(config->text, config->name);
    else
        for (const Ability& ability : abilities())
            examination.findings.push_back({ability.id, State::unknown, {}});
    examination.origin = config ? config->name + " and probing" : "probing";
    examination.what = "the running kernel";
    examination.release = running.release;
    add_probed(running, examination.findings);
    judge(examination);
    return examination;
}

} // namespace selns::kernel
