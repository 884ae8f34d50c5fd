#include "selns/boot/unit_journal.hpp"

#include "selns/archive/decompress.hpp"
#include "selns/base/error.hpp"
#include "selns/base/text.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <deque>
#include <optional>
#include <span>
#include <utility>

namespace selns::boot {

namespace {

constexpr std::size_t most_asked = 20;
constexpr std::size_t most_lines = 5;     // of a unit
constexpr std::size_t longest_line = 300; // bytes
constexpr std::uint64_t longest_message = 64U << 10U;
constexpr std::uint64_t largest_file = 128U << 20U; // journald's own limit for one
constexpr std::size_t most_directories = 16;        // of machines

// Offsets and numbers of the format.
constexpr std::string_view signature = "LPKSHHRH";
constexpr std::uint64_t incompatible_flags_at = 12, header_size_at = 88;
constexpr std::uint32_t compact = 16;
constexpr std::uint64_t object_header = 16;
constexpr std::uint8_t data_object = 1, entry_object = 3;
constexpr std::uint64_t items_at = 64, payload_at = 64, compact_payload_at = 72;
constexpr std::uint64_t boot_id_at = 40, boot_id_size = 16; // in an entry
constexpr std::string_view unit_field = "_SYSTEMD_UNIT=", message_field = "MESSAGE=";

class Journal {
  public:
    Journal(std::string_view bytes, const std::vector<std::string>& units)
        : bytes_(bytes), units_(units) {}

    UnitLines read() {
        if (!bytes_.starts_with(signature))
            return {};
        compact_ = (number<std::uint32_t>(incompatible_flags_at).value_or(0) & compact) != 0;
        // Objects lie one behind the other, and what an entry refers to lies before it.
        std::uint64_t at = number<std::uint64_t>(header_size_at).value_or(bytes_.size());
        while (const auto object = object_at(at)) {
            if (object->type == data_object)
                take_data(*object, at);
            else if (object->type == entry_object)
                take_entry(*object);
            at += (object->bytes.size() + 7) / 8 * 8;
        }
        UnitLines lines;
        for (const auto& [unit, places] : last_)
            for (const std::uint64_t place : places)
                if (auto line = message(place))
                    lines[unit].push_back(*std::move(line));
        return lines;
    }

  private:
    struct Object {
        std::uint8_t type = 0;
        bool compressed = false;
        std::string_view bytes; // with its header
    };

    template <typename Number>
    std::optional<Number> number(std::uint64_t at) const {
        static_assert(std::endian::native == std::endian::little);
        if (at > bytes_.size() || bytes_.size() - at < sizeof(Number))
            return {};
        Number value = 0;
        std::memcpy(&value, bytes_.data() + at, sizeof value);
        return value;
    }

    std::optional<Object> object_at(std::uint64_t at) const {
        constexpr std::uint64_t size_at = 8;
        const auto size = number<std::uint64_t>(at + size_at);
        if (at > bytes_.size() || at % 8 != 0 || !size || *size < object_header ||
            *size > bytes_.size() - at)
            return {};
        return Object{*number<std::uint8_t>(at), *number<std::uint8_t>(at + 1) != 0,
                      bytes_.substr(at, *size)};
    }

    std::string_view payload(const Object& object) const {
        return object.bytes.substr(
            std::min<std::size_t>(compact_ ? compact_payload_at : payload_at, object.bytes.size()));
    }

    void take_data(const Object& object, std::uint64_t at) {
        std::string_view field = payload(object);
        if (object.compressed || !field.starts_with(unit_field))
            return;
        field.remove_prefix(unit_field.size());
        const auto asked = std::span(units_).first(std::min(units_.size(), most_asked));
        const auto unit = std::ranges::find(asked, field);
        if (unit != asked.end())
            unit_at_.emplace(at, &*unit);
    }

    void take_entry(const Object& entry) {
        if (entry.bytes.size() < items_at)
            return;
        const std::string_view boot = entry.bytes.substr(boot_id_at, boot_id_size);
        if (std::exchange(boot_, boot) != boot)
            last_.clear();
        const std::string* unit = nullptr;
        for_each_item(entry, [&](std::uint64_t place) {
            const auto found = unit_at_.find(place);
            unit = found == unit_at_.end() ? unit : found->second;
        });
        if (unit == nullptr)
            return;
        if (const auto place = message_of(entry)) {
            auto& places = last_[*unit];
            places.push_back(*place);
            if (places.size() > most_lines)
                places.pop_front();
        }
    }

    // Of a field that is compressed it shows only afterwards what it is.
    std::optional<std::uint64_t> message_of(const Object& entry) const {
        std::optional<std::uint64_t> message, compressed;
        for_each_item(entry, [&](std::uint64_t place) {
            const auto object = object_at(place);
            if (!object || object->type != data_object)
                return;
            if (object->compressed)
                compressed = place;
            else if (payload(*object).starts_with(message_field))
                message = place;
        });
        return message ? message : compressed;
    }

    template <typename Visit>
    void for_each_item(const Object& entry, const Visit& visit) const {
        const std::size_t step = compact_ ? sizeof(std::uint32_t) : 2 * sizeof(std::uint64_t);
        const auto begin = static_cast<std::uint64_t>(entry.bytes.data() - bytes_.data());
        for (std::uint64_t at = items_at; at + step <= entry.bytes.size(); at += step)
            visit(compact_ ? *number<std::uint32_t>(begin + at)
                           : *number<std::uint64_t>(begin + at));
    }

    std::optional<std::string> message(std::uint64_t place) const {
        const auto object = object_at(place);
        std::string text(payload(*object));
        try {
            if (object->compressed)
                text = archive::decompress(text, longest_message);
        } catch (const Error&) {
            return {};
        }
        if (!text.starts_with(message_field))
            return {};
        const std::string_view said = trim(std::string_view(text).substr(message_field.size()));
        const std::string_view line = said.substr(0, said.find('\n'));
        return printable(line.substr(0, longest_line)) + (line.size() > longest_line ? "..." : "");
    }

    std::string_view bytes_;
    const std::vector<std::string>& units_;
    bool compact_ = false;
    std::map<std::uint64_t, const std::string*> unit_at_;
    std::string_view boot_; // of the entry before
    std::map<std::string, std::deque<std::uint64_t>> last_;
};

// The files that journald writes to, of each machine that the disk knows.
std::vector<tree::Content> journals_in(const tree::Tree& tree) {
    std::vector<tree::Content> journals;
    const auto top = tree.find("/var/log/journal");
    if (!top || tree.inode(*top).type != tree::FileType::directory)
        return journals;
    for (const tree::Name& machine : tree.names(*top)) {
        const auto file = tree.find("/var/log/journal/" + machine.name + "/system.journal", false);
        if (file && tree.inode(*file).type == tree::FileType::regular &&
            tree.inode(*file).content.size() <= largest_file && journals.size() < most_directories)
            journals.push_back(tree.inode(*file).content);
    }
    return journals;
}

} // namespace

UnitLines last_messages(std::string_view file, const std::vector<std::string>& units) {
    return Journal(file, units).read();
}

UnitLines last_messages(const tree::Tree& tree, const std::vector<std::string>& units,
                        const Interrupt& interrupt) {
    UnitLines lines;
    for (const tree::Content& content : journals_in(tree)) {
        interrupt.check();
        for (auto& [unit, said] : last_messages(content.str(largest_file), units))
            lines[unit] = said;
    }
    return lines;
}

} // namespace selns::boot
