#pragma once

#include "selns/module/rules.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace selns::module {

// The require block of a .te module: names that other modules declare. Sorted, each once.
class RequireBlock {
  public:
    // In the order in which they are printed.
    enum class Kind {
        type,
        attribute,
        role,
        attribute_role,
        user,
        boolean,
        tunable,
        sensitivity,
        category,
        object_class
    };
    using Comments = std::vector<std::string>; // lines above a name, with their "#"

    void add(Kind kind, const std::string& name, const Comments& comments = {});
    void add_class(const std::string& name, const Permissions& permissions,
                   const Comments& comments = {});
    void add_last_comments(const Comments& comments); // below the names
    void merge(const RequireBlock& other);

    bool has(Kind kind, const std::string& name) const;
    void remove(Kind kind, const std::string& name);
    void remove_permission(const std::string& tclass, const std::string& permission);

    bool empty() const { return entries_.empty(); }
    // "require { ... }", without a line feed at its end.
    std::string str() const;

  private:
    struct Entry {
        Permissions permissions; // of a class
        Comments comments;
    };
    std::map<std::pair<Kind, std::string>, Entry> entries_;
    Comments last_comments_;
};

} // namespace selns::module
