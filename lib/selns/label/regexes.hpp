#pragma once

#include "selns/label/regex.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

namespace selns::label {

// Many regular expressions, of which most are never asked for: each is compiled when it is first
// needed, and to machine code once it is needed often. Safe to use from several threads after the
// last add().
class Regexes {
  public:
    // The index of TEXT, which has to live as long as this.
    std::uint32_t add(std::string_view text);
    // Compiles it now: an Error (invalid_input) with PCRE2's reason when it is not valid.
    void compile(std::uint32_t index);

    // Compiled forms that take more memory together than a sane policy's ever would are an Error
    // (invalid_input), and so is one that turns out to be invalid. `limit` is the outcome of a
    // match that takes too long, and of one that takes long when many others did.
    Regex::Outcome match(std::uint32_t index, std::string_view subject,
                         const MatchMemory& memory) const;

  private:
    // The two forms are added once and stay until the end, so readers need no lock.
    struct Lazy {
        explicit Lazy(std::string_view source) : text(source) {}
        ~Lazy();
        Lazy(const Lazy&) = delete;
        Lazy& operator=(const Lazy&) = delete;

        std::string_view text;
        std::atomic<const Regex*> interpreted = nullptr, fast = nullptr;
        std::atomic<std::uint32_t> uses = 0;
    };
    const Regex& form_for(Lazy& lazy) const;
    const Regex& make(const Lazy& lazy, std::atomic<const Regex*>& place, bool fast) const;

    mutable std::deque<Lazy> items_;
    MatchLimits few_{MatchLimits::few_steps};
    MatchLimits most_{MatchLimits::most_steps};
    mutable std::atomic<std::size_t> bytes_ = 0;
    mutable std::atomic<std::uint32_t> slow_ = 0; // matches that took more than few steps
};

} // namespace selns::label
