#pragma once

#include "selns/base/error.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace selns::policy {

struct Module {
    std::string name;     // in the store
    std::string language; // "cil", "pp" or, as a recipe has it, "te", which no commit takes
    std::string content;
    Location at; // the file, for messages
};

struct Boolean {
    std::string name;
    bool value = false;
    Location at;
};

struct FileContext {
    std::string regex;
    std::uint32_t type = 0; // S_IFMT bits, 0 for any
    std::string context;    // empty: <<none>>
    Location at;
};

// What one commit does to a policy store.
struct Changes {
    std::vector<Module> modules;
    std::vector<Boolean> booleans;
    std::vector<FileContext> file_contexts;
    // Modules to take away, where they are, from semodule's default priority.
    std::vector<std::string> removed = {};
    // Leaves dontaudit rules out, so that what they hide is told. The store remembers it.
    bool show_dontaudit = false;
};

} // namespace selns::policy
