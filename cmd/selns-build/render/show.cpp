#include "selns-build/render/show.hpp"

#include "selns-build/render/layout.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace selns::cmd {

namespace {

using Json = nlohmann::ordered_json;

// Manifests come from anywhere, so each value is asked for with its type.

const Json& at(const Json& object, const char* key) {
    static const Json missing;
    if (!object.is_object())
        return missing;
    const auto found = object.find(key);
    return found != object.end() ? *found : missing;
}

std::string text_at(const Json& object, const char* key) {
    const Json& value = at(object, key);
    if (value.is_string())
        return value.get<std::string>();
    return value.is_number_integer() ? value.dump() : std::string();
}

std::optional<std::uint64_t> number_at(const Json& object, const char* key) {
    const Json& value = at(object, key);
    return value.is_number_unsigned() ? std::optional(value.get<std::uint64_t>()) : std::nullopt;
}

std::vector<std::string> strings_at(const Json& object, const char* key) {
    std::vector<std::string> strings;
    if (const Json& list = at(object, key); list.is_array())
        for (const Json& value : list)
            if (value.is_string())
                strings.push_back(value.get<std::string>());
    return strings;
}

std::size_t size_at(const Json& object, const char* key) {
    const Json& list = at(object, key);
    return list.is_array() ? list.size() : 0;
}

std::string join_known(const std::vector<std::string>& parts, const char* separator) {
    std::vector<std::string> known;
    for (const std::string& part : parts)
        if (!part.empty())
            known.push_back(part);
    return join(known, separator);
}

class Show {
  public:
    Show(const Json& manifest, bool all, const Look& look)
        : manifest_(manifest), sheet_(look, 16, all) {}

    std::string text() {
        image();
        packages();
        policy();
        labels();
        container_module();
        local_module();
        artifacts();
        return sheet_.text();
    }

  private:
    void section(const char* name) {
        sheet_.blank();
        sheet_.heading(name);
    }

    void image() {
        const std::string name = text_at(manifest_, "name");
        sheet_.heading(name.empty() ? "image" : name);
        if (const std::string hostname = text_at(manifest_, "hostname"); hostname != name)
            sheet_.row("hostname", hostname);
        const Json& bootstrap = at(manifest_, "bootstrap");
        sheet_.row(
            "from",
            join_known({text_at(bootstrap, "distribution"), text_at(bootstrap, "release")}, " "));
        sheet_.row("recipe", text_at(at(manifest_, "recipe"), "file"));
        const Json& epoch = at(manifest_, "epoch");
        if (epoch.is_number_integer())
            sheet_.row("epoch", epoch_text(epoch.get<std::int64_t>()));
        const Json& generator = at(manifest_, "generator");
        sheet_.row("made by",
                   join_known({text_at(generator, "name"), text_at(generator, "version")}, " "));
    }

    static std::string epoch_text(std::int64_t seconds) {
        constexpr std::int64_t last = 253402300799; // the end of year 9999
        return seconds >= 0 && seconds <= last ? utc_time(seconds) : std::to_string(seconds);
    }

    void packages() {
        const Json& list = at(manifest_, "packages");
        if (!list.is_array())
            return;
        section("packages");
        sheet_.row("count", human_count(list.size()));
        std::vector<std::string> lines;
        for (const Json& package : list)
            lines.push_back(join_known({text_at(package, "name"), text_at(package, "version"),
                                        text_at(package, "architecture")},
                                       " "));
        sheet_.items(lines, 5);
    }

    void policy() {
        const Json& policy = at(manifest_, "policy");
        if (!policy.is_object())
            return;
        section("policy");
        sheet_.row("type", text_at(policy, "type"));
        sheet_.row("mode", text_at(policy, "mode"));
        const Json& mls = at(policy, "mls");
        const std::string mls_text =
            mls.is_boolean() ? (mls.get<bool>() ? "MLS" : "no MLS") : std::string();
        sheet_.row("version", join_known({text_at(policy, "version"), mls_text}, ", "));
        sheet_.row("handle_unknown", text_at(policy, "handle_unknown"));
        sheet_.row("file", text_at(policy, "file"));
        modules(policy);
        booleans(policy);
        if (const auto contexts = strings_at(policy, "file_contexts"); !contexts.empty()) {
            sheet_.row("contexts", count_of(contexts.size(), "local file context"));
            sheet_.items(contexts, 10);
        }
    }

    // The modules of the policy's package have priority 100; above stand those of this image.
    void modules(const Json& policy) {
        const std::size_t count = size_at(policy, "modules");
        if (count == 0)
            return;
        std::vector<std::string> own;
        for (const Json& module : at(policy, "modules")) {
            const auto priority = number_at(module, "priority");
            if (!priority || *priority <= 100)
                continue;
            const Json& enabled = at(module, "enabled");
            const bool disabled = enabled.is_boolean() && !enabled.get<bool>();
            own.push_back(text_at(module, "name") + ", priority " + std::to_string(*priority) +
                          (disabled ? ", disabled" : ""));
        }
        sheet_.row("modules",
                   human_count(count) +
                       (own.empty() ? "" : ", " + human_count(own.size()) + " of the image's own"));
        sheet_.items(own, 10);
    }

    void booleans(const Json& policy) {
        const Json& booleans = at(policy, "booleans");
        if (!booleans.is_object() || booleans.empty())
            return;
        std::vector<std::string> lines;
        for (const auto& [name, value] : booleans.items())
            if (value.is_boolean())
                lines.push_back(name + (value.get<bool>() ? " on" : " off"));
        sheet_.row("booleans", human_count(lines.size()) + " set");
        sheet_.items(lines, 10);
    }

    void labels() {
        const Json& labels = at(manifest_, "labels");
        if (!labels.is_object())
            return;
        section("labels");
        if (const auto inodes = number_at(labels, "inodes"))
            sheet_.row("inodes", human_count(*inodes));
        types(at(labels, "by_type"));
        if (const Json& findings = at(labels, "findings"); findings.is_object())
            for (const auto& [kind, count] : findings.items())
                if (count.is_number_unsigned() && count.get<std::uint64_t>() > 0)
                    sheet_.row(fit(on_screen(kind), 15, sheet_.look()),
                               human_count(count.get<std::uint64_t>()));
    }

    void types(const Json& by_type) {
        if (!by_type.is_object())
            return;
        std::vector<std::pair<std::uint64_t, std::string>> types;
        for (const auto& [type, count] : by_type.items())
            if (count.is_number_unsigned())
                types.emplace_back(count.get<std::uint64_t>(), type);
        std::stable_sort(types.begin(), types.end(),
                         [](const auto& a, const auto& b) { return a.first > b.first; });
        std::vector<std::string> lines;
        for (const auto& [count, type] : types)
            lines.push_back(pad_left(human_count(count), 7) + "  " + type);
        sheet_.row("types", human_count(types.size()));
        sheet_.items(lines, 10);
    }

    void local_module() {
        const Json& module = at(manifest_, "local_module");
        if (!module.is_object())
            return;
        section("local rules");
        sheet_.row("module", text_at(module, "name"));
        const auto rules = strings_at(module, "rules");
        sheet_.row("rules", rules_of(rules.size(), size_at(module, "added")));
        sheet_.items(rules, 10);
        denials(at(module, "denials"));
    }

    void container_module() {
        const Json& module = at(manifest_, "container_module");
        if (!module.is_object())
            return;
        section("container");
        sheet_.row("module", text_at(module, "name"));
        const auto statements = strings_at(module, "statements");
        sheet_.row("statements", human_count(statements.size()));
        sheet_.items(statements, 10);
    }

    void denials(const Json& denials) {
        const auto records = number_at(denials, "records");
        if (!records)
            return;
        std::vector<std::pair<std::string, std::uint64_t>> counts;
        if (const Json& verdicts = at(denials, "verdicts"); verdicts.is_object())
            for (const auto& [verdict, count] : verdicts.items())
                if (count.is_number_unsigned())
                    counts.emplace_back(verdict, count.get<std::uint64_t>());
        sheet_.row("denials", denials_of(*records, counts));
        if (const auto refused = strings_at(denials, "refused"); !refused.empty()) {
            sheet_.row("refused", human_count(refused.size()));
            sheet_.items(refused, 10);
        }
    }

    void artifacts() {
        const Json& list = at(manifest_, "artifacts");
        if (!list.is_array() || list.empty())
            return;
        section("artifacts");
        for (const Json& artifact : list) {
            const auto size = number_at(artifact, "size");
            sheet_.line("  " + pad_left(size ? human_size(*size) : "", 10) + "  " +
                        on_screen(text_at(artifact, "file")));
        }
    }

    const Json& manifest_;
    Sheet sheet_;
};

} // namespace

std::string show_text(const std::string& manifest, bool all, const Look& look) {
    const Json json = Json::parse(manifest, nullptr, false);
    if (!json.is_object())
        throw Error(ErrorKind::invalid_input, "the manifest is not a JSON object");
    return Show(json, all, look).text();
}

} // namespace selns::cmd
