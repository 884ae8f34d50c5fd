#pragma once

// What nearly every source includes anyway: parsing these is most of an unoptimised build.
// Sources still include what they use; the presets without SELNS_PRECOMPILE check that.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>
