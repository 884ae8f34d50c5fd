#include "selns/label/regexes.hpp"

#include "selns/base/error.hpp"

#include <memory>

namespace selns::label {

namespace {

// All compiled forms together; Debian's policy needs 3 MiB with all of it in machine code.
constexpr std::size_t most_bytes = 64U << 20U;
// From here on nothing more is turned into machine code, which takes ten times the memory.
constexpr std::size_t most_bytes_fast = 16U << 20U;
// Matches that take more than a few steps, of one image: ten seconds at worst. Sane ones take none.
constexpr std::uint32_t most_slow = 300;
// Compiling to machine code costs about as much as so many interpreted matches.
constexpr std::uint32_t uses_before_fast = 30;

} // namespace

Regexes::Lazy::~Lazy() {
    delete interpreted.load();
    delete fast.load();
}

std::uint32_t Regexes::add(std::string_view text) {
    items_.emplace_back(text);
    return static_cast<std::uint32_t>(items_.size() - 1);
}

void Regexes::compile(std::uint32_t index) {
    auto& lazy = items_[index];
    make(lazy, lazy.interpreted, false);
}

// When two threads come at the same time, both compile and one of the results is dropped.
const Regex& Regexes::make(const Lazy& lazy, std::atomic<const Regex*>& place, bool fast) const {
    auto regex = std::make_unique<Regex>(lazy.text);
    if (fast)
        regex->speed_up();
    const auto size = regex->size();
    if (bytes_.fetch_add(size, std::memory_order_relaxed) + size > most_bytes) {
        bytes_.fetch_sub(size, std::memory_order_relaxed);
        throw Error(ErrorKind::invalid_input,
                    "the regular expressions take more than 64 MiB of memory");
    }
    const Regex* expected = nullptr;
    if (place.compare_exchange_strong(expected, regex.get(), std::memory_order_acq_rel))
        return *regex.release(); // Lazy deletes it
    bytes_.fetch_sub(size, std::memory_order_relaxed);
    return *expected;
}

const Regex& Regexes::form_for(Lazy& lazy) const {
    if (const auto* fast = lazy.fast.load(std::memory_order_acquire))
        return *fast;
    // Two threads may count one use, which does no harm.
    const auto uses = lazy.uses.load(std::memory_order_relaxed);
    if (uses >= uses_before_fast && bytes_.load(std::memory_order_relaxed) < most_bytes_fast)
        return make(lazy, lazy.fast, true);
    lazy.uses.store(uses + 1, std::memory_order_relaxed);
    const auto* interpreted = lazy.interpreted.load(std::memory_order_acquire);
    return interpreted != nullptr ? *interpreted : make(lazy, lazy.interpreted, false);
}

Regex::Outcome Regexes::match(std::uint32_t index, std::string_view subject,
                              const MatchMemory& memory) const {
    const Regex& regex = form_for(items_[index]);
    const auto outcome = regex.match(subject, memory, few_);
    if (outcome != Regex::Outcome::limit || slow_.fetch_add(1) >= most_slow)
        return outcome;
    return regex.match(subject, memory, most_);
}

} // namespace selns::label
