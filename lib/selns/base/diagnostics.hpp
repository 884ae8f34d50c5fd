#pragma once

#include "selns/base/error.hpp"

#include <string>
#include <vector>

namespace selns {

// One finding about an input.
struct Diagnostic {
    Location at;
    std::string message;

    // "file:line:column: message"
    std::string str() const;
};

// Findings are collected and shown together, so that a user mends them in one go.
class Diagnostics {
  public:
    void add(Location at, std::string message);
    bool empty() const { return items_.empty(); }
    std::size_t size() const { return items_.size(); }
    const std::vector<Diagnostic>& items() const { return items_; }

    // Throws one invalid_input Error that shows all of them, in the order of their places;
    // nothing when there are none.
    void throw_if_any() const;

  private:
    std::vector<Diagnostic> items_;
};

} // namespace selns
