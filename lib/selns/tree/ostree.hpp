#pragma once

namespace selns::tree {

// What tells a root of ostree or bootc: they all have this name, which may lead nowhere.
constexpr const char* ostree_mark = "/ostree";

} // namespace selns::tree
