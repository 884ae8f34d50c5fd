#include "selns/log/unique_denials.hpp"

#include "selns/log/ioctl_names.hpp"
#include "selns/log/names.hpp"
#include "selns/log/scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <future>
#include <numeric>
#include <tuple>
#include <utility>

namespace selns::log {

namespace {

// The fields that make one denial another, as they stand there.
TextKey key_of_fields(const TextHash& hash, const RecordView& view) {
    const auto kind = static_cast<char>(view.kind);
    return hash.key_of({std::string_view(&kind, 1), view.permissions, view.scontext, view.tcontext,
                        view.new_context, view.tclass, view.srawcon, view.trawcon});
}

bool is_file_class(std::string_view tclass) {
    static constexpr std::array<std::string_view, 7> classes = {
        "file", "dir", "lnk_file", "sock_file", "fifo_file", "blk_file", "chr_file"};
    return std::ranges::find(classes, tclass) != classes.end();
}

// Whether PATH, of an object of TCLASS, leads to a file that a file context may be about. What is
// deleted has no path any more, and memory that programs share never had one: the kernel names it
// as what made it ("/memfd:x", "/SYSV00000000", "/anon_hugepage", "/dev/zero"), by and large with
// "(deleted)" behind it.
bool leads_to_file(std::string_view path, std::string_view tclass) {
    static constexpr std::array<std::string_view, 6> memory = {
        "/memfd:", "/SYSV", "/anon_hugepage", "/dmabuf:", "/secretmem", "/["};
    return path.starts_with('/') && !path.ends_with(" (deleted)") &&
           !(tclass == "file" && path == "/dev/zero") &&
           std::ranges::none_of(memory, [path](auto start) { return path.starts_with(start); });
}

// "0x5401", "5401" (kernels of RHEL 7 and of old Androids, in hexadecimal digits all the same), or
// "TCGETS" (ausearch -i); nothing for anything else.
std::optional<std::uint16_t> read_command(std::string_view text) {
    if (const auto named = ioctl_command(text))
        return named;
    if (text.starts_with("0x"))
        text.remove_prefix(2);
    std::uint16_t command = 0;
    const char* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, command, 16);
    return error == std::errc() && end == last ? std::optional(command) : std::nullopt;
}

auto meaning_of(const Denial& denial) {
    return std::tie(static_cast<const Record&>(denial), denial.expected, denial.device);
}

// What a denial takes up besides its texts, with as many and as long names as it keeps.
constexpr std::size_t denial_size = 1024 + 2 * Seen::most * Seen::longest;
constexpr std::size_t command_size = 64;

// Of one family; more are found by what they say.
constexpr std::size_t most_at_hand = 8;

std::size_t size_of(const Record& record) {
    std::size_t size = sizeof(record);
    for (const std::string* text : {&record.scontext, &record.tcontext, &record.new_context,
                                    &record.printed_source, &record.printed_target, &record.tclass})
        size += text->size();
    for (const std::string& permission : record.permissions)
        size += sizeof(permission) + permission.size();
    return size;
}

} // namespace

std::size_t UniqueDenials::Hash::operator()(const Denial* denial) const {
    std::size_t sum = static_cast<std::size_t>(denial->kind);
    const auto add = [&sum](const std::string& text) {
        sum = sum * 0x9e3779b97f4a7c15U + std::hash<std::string>()(text);
    };
    for (const std::string* text : {&denial->scontext, &denial->tcontext, &denial->new_context,
                                    &denial->tclass, &denial->expected, &denial->device})
        add(*text);
    for (const std::string& permission : denial->permissions)
        add(permission);
    return sum;
}

bool UniqueDenials::Same::operator()(const Denial* one, const Denial* two) const {
    return meaning_of(*one) == meaning_of(*two);
}

std::optional<UniqueDenials::Kin> UniqueDenials::find_kin(const RecordView& view,
                                                          std::string_view& fault) {
    const TextKey key = key_of_fields(hash_, view);
    if (const Index* known = by_writing_.find(key))
        return *known;
    std::optional<Record> record = decode(view, fault);
    if (!record)
        return {};
    Kin kin = excluded;
    if (!selection_.bounds_types() ||
        selection_.wants_types(context_type(record->scontext), context_type(record->tcontext))) {
        kin = static_cast<Kin>(kin_.size());
        bytes_ += size_of(*record);
        kin_.push_back({*std::move(record), {}});
    }
    by_writing_.remember(key, kin);
    return kin;
}

const Record& UniqueDenials::record_of(const Family& family) const {
    return family.denials.empty() ? family.record : denials_[family.denials.front()];
}

UniqueDenials::Index UniqueDenials::find(const RecordView& view, Kin kin) {
    Family& family = kin_[kin];
    const Record& record = record_of(family);
    std::string_view expected = expected_context(view, record);
    if (!expected.empty() && context_type(expected) == context_type(record.tcontext))
        expected = {};
    const std::string_view device =
        expected.empty() ? expected : decode_name(view, view.device, program_);
    for (const Index index : family.denials)
        if (denials_[index].expected == expected && denials_[index].device == device)
            return index;
    return add(family, expected, device);
}

// Of the object's path; empty without an opinion.
std::string_view UniqueDenials::expected_context(const RecordView& view, const Record& record) {
    if (!expected_ || record.kind != DenialKind::access || !is_file_class(record.tclass))
        return {};
    const std::string_view path = decode_name(view, view.path, object_);
    return leads_to_file(path, record.tclass) ? expected_(path, record.tclass) : std::string_view();
}

UniqueDenials::Index UniqueDenials::add(Family& family, std::string_view expected,
                                        std::string_view device) {
    Denial denial;
    if (family.denials.empty())
        static_cast<Record&>(denial) = std::move(family.record);
    else
        static_cast<Record&>(denial) = denials_[family.denials.front()];
    denial.expected = expected;
    denial.device = device;
    auto index = static_cast<Index>(denials_.size());
    if (const auto known = by_meaning_.find(&denial); known != by_meaning_.end()) {
        index = known->second; // written in another way
    } else {
        denials_.push_back(std::move(denial));
        by_meaning_.emplace(&denials_.back(), index);
        bytes_ += denial_size + size_of(denials_.back()) + expected.size() + device.size();
    }
    if (family.denials.size() < most_at_hand)
        family.denials.push_back(index);
    return index;
}

void UniqueDenials::gather(const RecordView& view, Index index) {
    if (mentioned_.size() > most_mentioned)
        add_mentions();
    const std::string_view program =
        decode_name(view, view.comm.empty() ? view.exe : view.comm, program_);
    const std::string_view object =
        decode_name(view, view.path.empty() ? view.name : view.path, object_);
    mentions_.push_back(
        {index, view.permissive == false, static_cast<std::uint16_t>(program.size()),
         static_cast<std::uint16_t>(object.size()), static_cast<std::uint32_t>(mentioned_.size())});
    mentioned_.append(program).append(object);
    if (contains(view.permissions, ioctl))
        gather_command(view, denials_[index]);
    if (contains(view.permissions, nlmsg))
        gather_message(view, denials_[index]);
}

void UniqueDenials::add_mentions() {
    // Counted into their places, which is quicker than a sort.
    std::vector<std::uint32_t> places(denials_.size() + 1);
    for (const Mention& mention : mentions_)
        ++places[mention.denial + 1];
    std::partial_sum(places.begin(), places.end(), places.begin());
    std::vector<const Mention*> ordered(mentions_.size());
    for (const Mention& mention : mentions_)
        ordered[places[mention.denial]++] = &mention;
    for (const Mention* each : ordered) {
        const Mention& mention = *each;
        Denial& denial = denials_[mention.denial];
        const std::string_view text = std::string_view(mentioned_).substr(mention.begin);
        denial.enforced = denial.enforced || mention.enforced;
        denial.seen.add_program(text.substr(0, mention.program));
        denial.seen.add_object(text.substr(mention.program, mention.object));
    }
    mentions_.clear();
    mentioned_.clear();
}

void UniqueDenials::gather_command(const RecordView& view, Denial& denial) {
    if (!std::ranges::binary_search(denial.permissions, ioctl))
        return;
    const auto command = read_command(view.command);
    if (!command)
        denial.ioctl_without_command = true;
    else if (denial.commands.insert(*command).second)
        bytes_ += command_size;
}

// The kernel writes them as decimal numbers.
void UniqueDenials::gather_message(const RecordView& view, Denial& denial) {
    std::uint16_t type = 0;
    const char* last = view.message.data() + view.message.size();
    const auto [end, error] = std::from_chars(view.message.data(), last, type);
    if (error == std::errc() && end == last &&
        std::ranges::binary_search(denial.permissions, nlmsg) &&
        denial.messages.insert(type).second)
        bytes_ += command_size;
}

// Some stand there only for others: without what their paths should have been labelled, or
// outside of the time that is wanted.
std::vector<Denial> UniqueDenials::take() {
    by_meaning_.clear();
    std::vector<Denial*> wanted;
    for (Denial& denial : denials_)
        if (denial.records > 0)
            wanted.push_back(&denial);
    // Mentions change nothing of what it sorts by.
    const auto sorted = std::async(std::launch::async, [&wanted] {
        std::ranges::sort(wanted, [](const Denial* one, const Denial* two) {
            return meaning_of(*one) < meaning_of(*two);
        });
    });
    add_mentions();
    sorted.wait();
    std::vector<Denial> result;
    result.reserve(wanted.size());
    for (Denial* denial : wanted)
        result.push_back(std::move(*denial));
    denials_.clear();
    return result;
}

} // namespace selns::log
