#pragma once

#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace selns::test {

// A kernel policy read by libsepol: the oracle for what PolicyDb says. Names are sorted.
class LibsepolPolicy {
  public:
    explicit LibsepolPolicy(std::string_view image);
    ~LibsepolPolicy();
    LibsepolPolicy(const LibsepolPolicy&) = delete;
    LibsepolPolicy& operator=(const LibsepolPolicy&) = delete;

    bool read() const; // it could be; nothing else may be asked when not
    // The same policy written as another VERSION.
    std::string write(unsigned version) const;

    std::vector<std::string> types() const;
    std::map<std::string, std::string> aliases() const; // of types, and what they stand for
    std::map<std::string, std::vector<std::string>> attributes() const;  // and their members
    std::map<std::string, std::vector<std::string>> permissions() const; // of each class
    std::vector<std::string> users() const;
    std::vector<std::string> roles() const;
    std::vector<std::string> sensitivities() const; // and aliases
    std::vector<std::string> categories() const;    // and aliases
    std::map<std::string, bool> booleans() const;

    bool valid_context(const std::string& context) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace selns::test
