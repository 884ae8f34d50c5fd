#include "selns/verdict/access_pattern.hpp"

#include "selns/base/text.hpp"
#include "selns/log/names.hpp"
#include "selns/verdict/access.hpp"
#include "selns/verdict/policy.hpp"

#include <algorithm>
#include <vector>

namespace selns::verdict {

namespace {

constexpr std::string_view any = "*";

// Words, and each of the signs as a word of its own.
std::vector<std::string> tokens_of(std::string_view text) {
    std::string spaced;
    for (const char c : text)
        if (c == ':' || c == '{' || c == '}' || c == ';')
            spaced.append({' ', c, ' '});
        else
            spaced += c;
    std::vector<std::string> tokens;
    for (const std::string_view word : split_words(spaced))
        tokens.emplace_back(word);
    return tokens;
}

class Reader {
  public:
    explicit Reader(std::string_view text) : tokens_(tokens_of(text)) {
        // A rule copied from somewhere is welcome.
        if (!tokens_.empty() && tokens_.front() == "allow")
            tokens_.erase(tokens_.begin());
        if (!tokens_.empty() && tokens_.back() == ";")
            tokens_.pop_back();
    }

    // One name, "*", or several names in braces.
    bool names(std::set<std::string, std::less<>>& result) {
        if (take("{")) {
            while (at_ < tokens_.size() && tokens_[at_] != "}" && is_name_here())
                result.insert(tokens_[at_++]);
            return !result.empty() && take("}");
        }
        if (take(any))
            return true;
        if (!is_name_here())
            return false;
        result.insert(tokens_[at_++]);
        return true;
    }

    bool take(std::string_view token) {
        const bool here = at_ < tokens_.size() && tokens_[at_] == token;
        at_ += here ? 1 : 0;
        return here;
    }

    bool at_end() const { return at_ == tokens_.size(); }

  private:
    bool is_name_here() const {
        return at_ < tokens_.size() && (tokens_[at_] == self || log::is_name(tokens_[at_]));
    }

    std::vector<std::string> tokens_;
    std::size_t at_ = 0;
};

} // namespace

AccessPattern AccessPattern::parse(std::string_view text, Location at) {
    AccessPattern pattern;
    pattern.text_ = text;
    pattern.at_ = at;
    Reader reader(text);
    const bool sound = reader.names(pattern.sources_) && reader.names(pattern.targets_) &&
                       reader.take(":") && reader.names(pattern.classes_) &&
                       reader.names(pattern.permissions_) && reader.at_end() &&
                       !pattern.sources_.contains(self);
    if (sound)
        return pattern;
    throw Error(ErrorKind::invalid_input,
                "expected SOURCE TARGET:CLASS PERMISSION, got \"" + printable(text) + "\"")
        .at(at)
        .hint("as in an allow rule, with * for anything: \"init_t self:process execmem\", "
              "\"* shadow_t:file { read write }\"");
}

bool AccessPattern::matches(const Policy& policy, std::string_view source, std::string_view target,
                            std::string_view tclass, std::string_view permission) const {
    return matches_permission(permission) && matches_triple(policy, source, target, tclass);
}

bool AccessPattern::matches_triple(const Policy& policy, std::string_view source,
                                   std::string_view target, std::string_view tclass) const {
    const auto has = [&](const Names& names, std::string_view type) {
        return names.empty() || std::ranges::any_of(names, [&](const std::string& name) {
                   return name == type || policy.has_attribute(type, name);
               });
    };
    const bool itself = target == self || target == source;
    return (classes_.empty() || classes_.contains(tclass)) && has(sources_, source) &&
           ((itself && targets_.contains(self)) || has(targets_, itself ? source : target));
}

void AccessPattern::check(const Policy& policy) const {
    const auto unknown = [this](const std::string& kind, const std::string& name) {
        throw Error(ErrorKind::invalid_input, "the policy has no " + kind + " " + name + ", so \"" +
                                                  printable(text_) + "\" would never match")
            .at(at_);
    };
    for (const Names* names : {&sources_, &targets_})
        for (const std::string& name : *names)
            if (name != self && !policy.has_type(name) && !policy.is_attribute(name))
                unknown("type or attribute", name);
    for (const std::string& tclass : classes_)
        if (!policy.has_class(tclass))
            unknown("class", tclass);
    for (const std::string& permission : permissions_)
        if (!classes_.empty() && std::ranges::none_of(classes_, [&](const std::string& tclass) {
                return policy.has_permission(tclass, permission);
            }))
            unknown("permission", permission);
}

} // namespace selns::verdict
