#include "selns/base/text.hpp"
#include "selns/recipe/read.hpp"

#include <map>

namespace selns::recipe {

namespace {

Path without_compression(const Path& file) {
    const std::string ending = file.extension().string();
    const bool compressed =
        ending == ".bz2" || ending == ".gz" || ending == ".xz" || ending == ".zst";
    return compressed ? file.stem() : file.filename();
}

} // namespace

std::string module_name(const Path& file) {
    return without_compression(file).stem().string();
}

std::string module_ending(const Path& file) {
    return without_compression(file).extension().string();
}

bool is_module_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto inner = [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    if (name.empty() || !letter(name.front()))
        return false;
    for (std::size_t i = 1; i < name.size(); ++i)
        if (!inner(name[i]) && (name[i] != '.' || i + 1 == name.size() || !inner(name[i + 1])))
            return false;
    return true;
}

namespace {

// Modules are known by their files' stems: of two with one name, the store would keep the last.
std::vector<Located<Path>> read_modules(const Value& list, const Inputs& inputs) {
    std::vector<Located<Path>> modules;
    std::map<std::string, Location> names;
    for (const Value& item : list.items()) {
        modules.push_back(inputs.file(item));
        const std::string name = module_name(modules.back().value);
        if (!is_module_name(name))
            item.report(std::string(module_name_rule));
        const auto [first, fresh] = names.emplace(name, item.at());
        if (!fresh)
            item.report("a second module named " + printable(name) + ", the first is at " +
                        first->second.str());
    }
    return modules;
}

std::vector<std::string> read_names(const Value& parent, const char* key) {
    std::vector<std::string> names;
    if (const auto list = parent.get(key))
        for (const Value& item : list->items())
            names.push_back(item.text());
    return names;
}

std::vector<Located<std::string>> read_located(const Value& parent, const char* key) {
    std::vector<Located<std::string>> texts;
    if (const auto list = parent.get(key))
        for (const Value& item : list->items())
            texts.push_back({item.text(), item.at()});
    return texts;
}

Select read_select(const Value& value) {
    Select select;
    if (const auto since = value.get("since"))
        select.since = {since->text(), since->at()};
    if (const auto until = value.get("until"))
        select.until = {until->text(), until->at()};
    select.exclude_source = read_names(value, "exclude_source");
    select.exclude_target = read_names(value, "exclude_target");
    select.exclude_device = read_names(value, "exclude_device");
    select.exclude_program = read_names(value, "exclude_program");
    return select;
}

Denials read_denials(const Value& value, const Inputs& inputs) {
    Denials denials;
    if (const auto select = value.get("select"))
        denials.select = read_select(*select);
    if (const auto trust = value.get("trust"))
        denials.trust = trust->boolean();
    denials.refuse = read_located(value, "refuse");
    denials.accept = read_located(value, "accept");
    denials.tolerate = read_located(value, "tolerate");
    denials.silence = read_located(value, "silence");
    if (const auto module = value.get("module"))
        denials.module = inputs.file_or_nothing(*module);
    if (const auto logs = value.get("logs"))
        for (const Value& log : logs->items())
            denials.logs.push_back(inputs.pattern(log));
    return denials;
}

PolicyFrom read_policy_from(const Value& value, const Inputs& inputs) {
    PolicyFrom from;
    if (const auto archive = value.get("archive"))
        from.archive = inputs.file(*archive);
    if (const auto directory = value.get("directory"))
        from.directory = inputs.directory(*directory);
    from.packages = read_located(value, "packages");
    return from;
}

Severity severity(const Value& value) {
    if (value.text() == "off")
        return Severity::off;
    return value.text() == "warn" ? Severity::warn : Severity::strict;
}

LabelPolicy read_label(const Value& value) {
    if (!value.is_object())
        return {severity(value), severity(value), severity(value)};
    LabelPolicy label;
    if (const auto unmatched = value.get("unmatched"))
        label.unmatched = severity(*unmatched);
    if (const auto invalid = value.get("invalid"))
        label.invalid = severity(*invalid);
    if (const auto hardlink = value.get("hardlink"))
        label.hardlink = severity(*hardlink);
    return label;
}

// The local module goes into the store beside the others.
void check_local_module(const Value& denials, const Selinux& selinux) {
    const auto module = denials.get("module");
    if (!module || !selinux.denials.module)
        return;
    if (!is_module_name(selinux.denials.module->value.stem().string()))
        module->report(std::string(module_name_rule));
    for (const auto& other : selinux.modules)
        if (other.value == selinux.denials.module->value)
            module->report("expected a module of its own; this one is in selinux.modules, too");
}

} // namespace

void read_selinux(const Value& value, const Inputs& inputs, Selinux& selinux) {
    if (const auto policy = value.get("policy"))
        selinux.policy = policy->text();
    if (const auto from = value.get("policy_from"))
        selinux.policy_from = read_policy_from(*from, inputs);
    if (const auto tools = value.get("tools"))
        selinux.image_tools = tools->text() == "image";
    if (const auto mode = value.get("mode"))
        selinux.mode = mode->text() == "enforcing" ? Mode::enforcing : Mode::permissive;
    if (const auto modules = value.get("modules"))
        selinux.modules = read_modules(*modules, inputs);
    if (const auto booleans = value.get("booleans"))
        for (const Value& boolean : booleans->members())
            selinux.booleans[boolean.name()] = {boolean.boolean(), boolean.at()};
    if (const auto contexts = value.get("file_contexts"))
        for (const Value& context : contexts->items())
            selinux.file_contexts.push_back({context.text(), context.at()});
    if (const auto denials = value.get("denials")) {
        selinux.denials = read_denials(*denials, inputs);
        check_local_module(*denials, selinux);
    }
    if (const auto label = value.get("label"))
        selinux.label = read_label(*label);
}

} // namespace selns::recipe
