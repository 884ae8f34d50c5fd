#include "selns/verdict/own_type.hpp"

#include "selns/base/text.hpp"
#include "selns/label/pattern.hpp"
#include "selns/log/names.hpp"
#include "selns/verdict/judgement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace selns::verdict {

namespace {

constexpr std::string_view type_ending = "_t";

// Those that let a file be stored, and be a file to who manages files; they are attributes of the
// reference policy and its kin.
constexpr std::array<std::string_view, 3> file_attributes = {"file_type", "non_security_file_type",
                                                             "non_auth_file_type"};

std::string stem_of(std::string_view type) {
    if (type.ends_with(type_ending))
        type.remove_suffix(type_ending.size());
    std::string stem(type);
    std::ranges::replace(stem, '.', '_');
    return stem;
}

// What of a file's name can stand in a type's.
std::string word_of(std::string_view name) {
    std::string word;
    for (const char c : name)
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')
            word += c;
        else if (c >= 'A' && c <= 'Z')
            word += static_cast<char>(c - 'A' + 'a');
        else if (!word.empty() && word.back() != '_')
            word += '_';
    return word;
}

std::string_view parent_of(std::string_view path) {
    return path.substr(0, path.rfind('/'));
}

// A specification's first word holds no blanks, and a name that was cut is none.
bool can_be_specified(std::string_view path) {
    return path.starts_with('/') && path.size() > 1 && !path.ends_with("...") &&
           path.find_first_of(" \t\n\r\v\f#") == std::string_view::npos &&
           printable(path) == path && !path.starts_with("/proc/") && !path.starts_with("/sys/");
}

} // namespace

OwnTypes::OwnTypes(const std::vector<Finding>& findings, std::span<const log::Denial> denials,
                   const Policy& policy)
    : policy_(policy) {
    for (const Finding& finding : findings)
        if (sources_.size() < most_places && is_wanted(finding))
            for (const Place& place : places_of(finding))
                sources_[place.path].insert(finding.triple.source);
    if (!sources_.empty())
        for (const log::Denial& denial : denials)
            contexts_.try_emplace(log::context_type(denial.tcontext), denial.tcontext);
}

bool OwnTypes::is_unlabelled(const Finding& finding) const {
    return finding.verdict == Verdict::mislabelled && finding.advice == add_file_context;
}

bool OwnTypes::is_wanted(const Finding& finding) const {
    return finding.kind == log::DenialKind::access && mode_of(finding.triple.tclass) != 0 &&
           (is_unlabelled(finding) || (finding.verdict == Verdict::allow &&
                                       policy_.file_contexts().generic(finding.triple.target)));
}

std::set<OwnTypes::Place> OwnTypes::places_of(const Finding& finding) const {
    std::set<Place> places;
    for (const std::string& object : finding.seen.objects)
        if (can_be_specified(object))
            places.insert(place_of(object, finding));
    return places;
}

// What is right below a directory that everybody uses, unless some of it has other labels.
OwnTypes::Place OwnTypes::place_of(const std::string& object, const Finding& finding) const {
    const bool is_directory = finding.triple.tclass == "dir";
    const std::size_t start = common_place(object).size() + 1;
    const std::string top = object.substr(0, object.find('/', start));
    for (const std::string& path : {top, std::string(parent_of(object))})
        if (path.size() > common_place(path).size() && path.size() < object.size() &&
            !path.empty() && !is_labelled_below(path))
            return {path, true};
    return {object, is_directory};
}

bool OwnTypes::is_labelled_below(const std::string& path) const {
    const auto [known, added] = labelled_below_.try_emplace(path, false);
    if (!added)
        return known->second;
    const label::Matcher* matcher = policy_.file_contexts().matcher();
    const std::string start = label::regex_of(path);
    return known->second =
               matcher != nullptr &&
               std::ranges::any_of(matcher->specifications(), [&](const auto& specification) {
                   return specification.regex.starts_with(start);
               });
}

// In the manner of the reference policy: ntpd_var_lib_t, httpd_app_t. What several domains use is
// named after none of them.
std::string OwnTypes::name_for(const Finding& finding, const std::string& path, bool alone) const {
    const std::string ending(finding.triple.source.ends_with(type_ending) ? type_ending : "");
    const std::string source = alone ? stem_of(finding.triple.source) + "_" : std::string();
    const std::string last = word_of(path.substr(path.rfind('/') + 1));
    std::vector<std::string> names;
    if (!is_unlabelled(finding))
        names.push_back(source + stem_of(finding.triple.target) + ending);
    if (!last.empty())
        names.push_back(source + last + ending);
    names.push_back(source + "local" + ending);
    for (const std::string& name : names)
        if (log::is_te_name(name) && !policy_.has_type(name) && !policy_.is_attribute(name))
            return name;
    return {};
}

// Without categories, which are a process's own.
std::string OwnTypes::context_with(const std::string& type, const std::string& target) const {
    const auto known = contexts_.find(target);
    if (known == contexts_.end())
        return {};
    const auto fields = split(known->second, ':');
    std::string context = fmt::format("{}:{}:{}", fields[0], fields[1], type);
    if (fields.size() > 3)
        context += ":" + std::string(fields[3].substr(0, fields[3].find('-')));
    return context;
}

void OwnTypes::declare(Finding& finding, const std::string& type) const {
    const Triple& triple = finding.triple;
    const std::string permissions =
        join({finding.permissions.begin(), finding.permissions.end()}, " ");
    auto& statements = finding.statements;
    statements.push_back(fmt::format("(type {})", type));
    statements.push_back(fmt::format("(roletype object_r {})", type));
    for (const std::string_view attribute : file_attributes)
        if (policy_.is_attribute(attribute) && policy_.has_attribute(triple.target, attribute))
            statements.push_back(fmt::format("(typeattributeset {} ({}))", attribute, type));
    statements.push_back(
        fmt::format("(allow {} {} ({} ({})))", triple.source, type, triple.tclass, permissions));
    if (triple.tclass != "dir" && policy_.has_permission("dir", "search"))
        statements.push_back(
            fmt::format("(allow {} {} (dir (getattr search)))", triple.source, type));
    if (finding.permissions.contains("create"))
        statements.push_back(fmt::format("(typetransition {} {} {} {})", triple.source,
                                         triple.target, triple.tclass, type));
}

void OwnTypes::offer(Finding& finding) const {
    if (!is_wanted(finding))
        return;
    if (sources_.size() >= most_places)
        return;
    const auto places = places_of(finding);
    const bool alone = std::ranges::all_of(
        places, [&](const Place& place) { return sources_.at(place.path).size() == 1; });
    if (places.empty() || (!alone && !is_unlabelled(finding)))
        return;
    const std::string type = name_for(finding, places.begin()->path, alone);
    const std::string context = context_with(type, finding.triple.target);
    if (type.empty() || context.empty())
        return;
    for (const Place& place : places)
        finding.file_contexts.push_back(label::regex_of(place.path) +
                                        (place.below ? "(/.*)? " : " ") + context);
    declare(finding, type);
}

} // namespace selns::verdict
