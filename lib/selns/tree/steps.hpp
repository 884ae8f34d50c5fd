#pragma once

#include <string>
#include <string_view>

namespace selns::tree {

// The components of a path one by one, without "." and empty ones, and of the targets of the
// symlinks that are met on the way.
class Steps {
  public:
    explicit Steps(std::string_view path) : path_(path), rest_(path) {}
    Steps(const Steps&) = delete;
    Steps& operator=(const Steps&) = delete;

    // The next component; false at the end. NAME is valid until follow().
    bool next(std::string_view& name);
    // Whether next() would say false.
    bool last();
    // Goes on with TARGET, then with what is left. More than 40 times is an Error (invalid_input).
    void follow(std::string_view target);

  private:
    void skip();

    std::string_view path_;
    std::string_view rest_;
    std::string buffer_;
    int followed_ = 0;
};

} // namespace selns::tree
