#include "selns/converge/progress.hpp"

#include "selns/base/file.hpp"
#include "selns/converge/json.hpp"

#include <fmt/format.h>

#include <utility>

namespace selns::converge {

namespace {

constexpr std::uint64_t state_limit = 64U << 20U;

} // namespace

Progress::Progress(std::filesystem::path directory, std::string key,
                   const std::filesystem::path& module, const std::string& module_name)
    : directory_(std::move(directory)), key_(std::move(key)), module_(directory_ / module_name) {
    std::filesystem::create_directories(directory_);
    std::error_code ignored;
    if (std::filesystem::exists(state(), ignored))
        if (auto kept = parse_state(read_file(state(), state_limit)); kept && kept->key == key_) {
            rounds_ = std::move(kept->rounds);
            continued_ = !rounds_.empty();
            return;
        }
    std::filesystem::remove(module_, ignored);
    if (!module.empty() && std::filesystem::exists(module, ignored))
        write_file(module_, read_file(module));
    write();
}

std::filesystem::path Progress::logs_of(unsigned round) const {
    return directory_ / fmt::format("round-{}", round);
}

void Progress::add(Round round) {
    rounds_.push_back(std::move(round));
    write();
}

void Progress::end() {
    std::filesystem::remove(state());
}

void Progress::write() const {
    write_file(state(), to_json(State{key_, rounds_}));
}

} // namespace selns::converge
