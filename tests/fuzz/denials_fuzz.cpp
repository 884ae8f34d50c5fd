// Logs: whatever the bytes are, what comes out fits into a module, and is the same when they are
// read again, in pieces, or without what is remembered from line to line.

#include "selns/base/error.hpp"
#include "selns/log/log.hpp"
#include "selns/module/merge.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using selns::log::Denial;
using selns::log::Denials;
using selns::log::LogReader;
using selns::log::Piece;
using selns::log::ReadOptions;

// Knows every name and allows nothing, so that every denial is put into a rule.
class OpenPolicy final : public selns::verdict::Policy {
  public:
    bool has_type(std::string_view) const override { return true; }
    bool is_attribute(std::string_view) const override { return true; }
    bool has_attribute(std::string_view, std::string_view) const override { return false; }
    bool has_class(std::string_view) const override { return true; }
    bool has_permission(std::string_view, std::string_view) const override { return true; }
    bool valid_context(const std::string&) const override { return true; }
    std::vector<selns::selinux::Decision>
    decide(const std::string&, const std::string&, const std::string&,
           const std::vector<std::string>& permissions) const override {
        return std::vector<selns::selinux::Decision>(permissions.size());
    }
    bool rule_allows(const std::string&, const std::string&, const std::string&,
                     const std::string&) const override {
        return false;
    }
    bool has_extended_rules(const std::string&, const std::string& target,
                            const std::string&) const override {
        return target.size() % 2 == 0;
    }
    bool command_allowed(const std::string&, const std::string&, const std::string&,
                         std::uint16_t command) const override {
        return command % 3 == 0;
    }
    std::vector<selns::selinux::Obstacle> relabel_obstacles(const std::string&, const std::string&,
                                                            const std::string&,
                                                            const std::string&) const override {
        return {};
    }
    std::optional<std::string> neverallow(const std::string&, const std::string&,
                                          const std::string&, const std::string&) const override {
        return {};
    }
};

ReadOptions options() {
    ReadOptions options;
    options.selection.until = 1'800'000'000'000;
    options.selection.exclude_program = {"excluded"};
    options.expected = [](std::string_view path, std::string_view) {
        return std::string_view(path.size() % 2 == 0 ? "u:object_r:expected_t:s0" : "");
    };
    return options;
}

// TEXT read TIMES times, in pieces of SIZE bytes.
Denials read(std::string_view text, int times, std::size_t size) {
    LogReader reader(options());
    for (int i = 0; i < times; ++i)
        reader.read_stream("fuzz.log", [&](const Piece& piece) {
            for (std::size_t at = 0; at < text.size(); at += size)
                piece(text.substr(at, size));
        });
    return reader.finish();
}

// The denials of each line by itself, so that no line can be looked up. Nothing when a line is not
// complete by itself: it may belong to a record or an entry of several lines.
std::optional<std::vector<Denial>> read_lines(std::string_view text) {
    std::vector<Denial> unique;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
        Denials line = read(text.substr(at, end - at), 1, end);
        if (line.malformed.count + line.not_believed.count > 0)
            return std::nullopt;
        std::ranges::move(line.unique, std::back_inserter(unique));
        at = end;
    }
    return unique;
}

auto identity(const Denial& denial) {
    return std::tie(static_cast<const selns::log::Record&>(denial), denial.expected);
}

bool same(const Denial& one, const Denial& two) {
    return identity(one) == identity(two) && one.seen == two.seen && one.commands == two.commands &&
           one.enforced == two.enforced && one.ioctl_without_command == two.ioctl_without_command;
}

// Joins what was read from single lines as the reader should have.
std::vector<Denial> joined(std::vector<Denial> all) {
    std::ranges::stable_sort(
        all, [](const Denial& one, const Denial& two) { return identity(one) < identity(two); });
    std::vector<Denial> unique;
    for (Denial& denial : all) {
        if (unique.empty() || identity(unique.back()) != identity(denial)) {
            unique.push_back(std::move(denial));
            continue;
        }
        Denial& known = unique.back();
        known.seen.merge(denial.seen);
        known.commands.merge(denial.commands);
        known.enforced = known.enforced || denial.enforced;
        known.ioctl_without_command = known.ioctl_without_command || denial.ioctl_without_command;
    }
    return unique;
}

void check(bool holds) {
    if (!holds)
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    Denials denials = read(text, 1, size + 1);
    check(std::ranges::equal(denials.unique, read(text, 2, 7).unique, same));
    if (auto lines = read_lines(text))
        check(std::ranges::equal(denials.unique, joined(*std::move(lines)), same));

    const auto module =
        selns::module::merge_denials(std::move(denials), {}, OpenPolicy(), {}).module;
    const std::string written = module.str();
    const auto again = selns::module::LocalModule::parse(written, "fuzz.cil");
    check(again.str() == written && again.rules() == module.rules());
    return 0;
}
