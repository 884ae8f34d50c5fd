#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

struct pcre2_real_code_8;

namespace selns::recipe {

// A regular expression that knows its source, of what ECMAScript (for the JSON Schema) and PCRE2
// read alike. It is searched for, so anchor it; "$" is the end and nothing else. Compiled when it
// is first used: hardly any recipe uses all of them.
class Pattern {
  public:
    explicit Pattern(std::string source);

    bool matches(std::string_view text) const;
    const std::string& source() const { return source_; }

  private:
    struct Free {
        void operator()(pcre2_real_code_8* code) const;
    };

    std::string source_;
    mutable std::once_flag compiled_;
    mutable std::unique_ptr<pcre2_real_code_8, Free> code_;
};

} // namespace selns::recipe
