#pragma once

#include "selns-build/look.hpp"
#include "selns/cache/store.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace selns::cmd {

// By kind, and in each the newest first, as ENTRIES are.
std::string cache_text(const std::filesystem::path& root, const std::vector<cache::Entry>& entries,
                       const Look& look);
std::string cache_json(const std::filesystem::path& root, const std::vector<cache::Entry>& entries);

std::string cleaned_text(const std::filesystem::path& root, const cache::Store::Cleaned& cleaned,
                         bool dry_run);
std::string cleaned_json(const std::filesystem::path& root, const cache::Store::Cleaned& cleaned);

} // namespace selns::cmd
