#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct pcre2_real_code_8;
struct pcre2_real_match_context_8;
struct pcre2_real_match_data_8;

namespace selns::label {

// Where a match keeps its working memory; one for each thread that matches.
class MatchMemory {
  public:
    MatchMemory();
    pcre2_real_match_data_8* get() const { return data_.get(); }

  private:
    struct Free {
        void operator()(pcre2_real_match_data_8* data) const;
    };
    std::unique_ptr<pcre2_real_match_data_8, Free> data_;
};

// Bounds on what one match may cost, so that no regular expression can hang a build.
class MatchLimits {
  public:
    static constexpr std::uint32_t few_steps = 20'000;
    // Far above what a path of 4096 bytes needs with sane expressions, and a few dozen
    // milliseconds.
    static constexpr std::uint32_t most_steps = 1'000'000;

    explicit MatchLimits(std::uint32_t steps); // of backtracking
    pcre2_real_match_context_8* get() const { return context_.get(); }

  private:
    struct Free {
        void operator()(pcre2_real_match_context_8* context) const;
    };
    std::unique_ptr<pcre2_real_match_context_8, Free> context_;
};

// A regular expression of a specification, anchored as libselinux does it. Immutable but for
// speed_up(), which no other thread may see.
class Regex {
  public:
    // Throws an Error (invalid_input) with PCRE2's reason when TEXT does not compile.
    explicit Regex(std::string_view text);

    // Compiles it to machine code: worth it for what is matched more than a few times.
    void speed_up();

    enum class Outcome { match, no_match, limit };
    Outcome match(std::string_view subject, const MatchMemory& memory,
                  const MatchLimits& limits) const;
    // Bytes of the compiled forms.
    std::size_t size() const;

  private:
    struct Free {
        void operator()(pcre2_real_code_8* code) const;
    };
    std::unique_ptr<pcre2_real_code_8, Free> code_;
};

} // namespace selns::label
