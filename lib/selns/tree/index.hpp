#pragma once

#include "selns/cache/store.hpp"
#include "selns/sandbox/transcript.hpp"
#include "selns/tree/tree.hpp"

#include <functional>
#include <string>

namespace selns::tree {

// An archive or image that is read again and again.
struct Indexed {
    std::string name;       // in the cache there is one index for each
    std::string identity;   // names its bytes: those of others have another index
    std::string owner = {}; // whose it is, for people
};

// READ's Tree. What its sandbox says of WHAT is kept in STORE as its index, and said again the next
// time, so that no sandbox looks for the entries, and nothing of the file is read but content that
// is asked for. The index is checked like the sandbox's words; one that is not as it was written is
// told, and made anew.
Tree read_indexed(const Indexed& what, const cache::Store& store,
                  const std::function<Tree(sandbox::Transcript&)>& read);

} // namespace selns::tree
