#include "selns/tree/directory.hpp"

#include <algorithm>
#include <iterator>

namespace selns::tree {

namespace {

constexpr std::size_t few = 64;

auto position(std::vector<Name>& names, std::string_view name) {
    return std::lower_bound(names.begin(), names.end(), name,
                            [](const Name& a, std::string_view b) { return a.name < b; });
}

} // namespace

void Directory::merge() const {
    std::vector<Name> all;
    all.reserve(names_.size() + waiting_.size());
    auto late = waiting_.begin();
    for (Name& name : names_) {
        for (; late != waiting_.end() && late->first < name.name; ++late)
            all.push_back({late->first, late->second});
        all.push_back(std::move(name));
    }
    for (; late != waiting_.end(); ++late)
        all.push_back({late->first, late->second});
    names_ = std::move(all);
    waiting_.clear();
    merged_.store(true, std::memory_order_release);
}

const std::vector<Name>& Directory::names() const {
    if (!merged_.load(std::memory_order_acquire)) {
        const std::lock_guard lock(mutex_);
        if (!merged_.load(std::memory_order_relaxed))
            merge();
    }
    return names_;
}

std::optional<InodeId> Directory::find(std::string_view name) const {
    std::unique_lock<std::mutex> lock;
    if (!merged_.load(std::memory_order_acquire))
        lock = std::unique_lock(mutex_);
    const auto at = position(names_, name);
    if (at != names_.end() && at->name == name)
        return at->inode;
    if (const auto late = waiting_.find(name); late != waiting_.end())
        return late->second;
    return std::nullopt;
}

bool Directory::empty() const {
    return names().empty();
}

void Directory::set(std::string_view name, InodeId inode) {
    if (merged_ && (names_.empty() || names_.back().name < name)) {
        names_.push_back({std::string(name), inode});
        return;
    }
    const auto at = position(names_, name);
    if (at != names_.end() && at->name == name) {
        at->inode = inode;
        return;
    }
    waiting_.insert_or_assign(std::string(name), inode);
    merged_ = false;
    if (waiting_.size() > few + names_.size() / 2)
        merge();
}

void Directory::erase(std::string_view name) {
    if (waiting_.empty() || waiting_.erase(std::string(name)) == 0) {
        const auto at = position(names_, name);
        if (at != names_.end() && at->name == name)
            names_.erase(at);
    }
    merged_ = waiting_.empty();
}

} // namespace selns::tree
