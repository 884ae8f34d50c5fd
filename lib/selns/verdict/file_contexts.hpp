#pragma once

#include "selns/label/label.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace selns::verdict {

// What the image's file contexts tell about types.
class FileContexts {
  public:
    FileContexts() = default; // they are not known
    // MATCHER outlives it.
    explicit FileContexts(const label::Matcher& matcher);

    // Null: not known.
    const label::Matcher* matcher() const { return matcher_; }
    // That of paths that only a specification of all paths knows.
    std::string_view default_type() const { return default_type_; }
    // Whether whatever else lies in /etc, /var/lib, /tmp and their like has the type.
    bool generic(std::string_view type) const { return generic_.contains(type); }

  private:
    const label::Matcher* matcher_ = nullptr;
    std::string default_type_ = "default_t";
    std::set<std::string, std::less<>> generic_ = {"default_t"};
};

// The S_IFMT bits of the files that a class of objects is; 0 for other classes.
std::uint32_t mode_of(std::string_view tclass);

// The deepest of the directories in which everybody's files are that PATH is below; empty: the
// root.
std::string_view common_place(std::string_view path);

// Whether it is about any path, and so tells nothing about one.
bool is_catch_all(const label::Specification& specification);

} // namespace selns::verdict
