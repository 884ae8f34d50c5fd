#pragma once

#include <clocale>

namespace selns::archive {

// A character set for libarchive, which converts names to and from that of the calling thread's
// locale. Names are bytes here, and the result must not depend on the user's environment.
class Locale {
  public:
    explicit Locale(const char* name);
    ~Locale();
    Locale(const Locale&) = delete;
    Locale& operator=(const Locale&) = delete;
    locale_t get() const { return locale_; }

  private:
    locale_t locale_;
};

// The calling thread's locale while this object lives.
class LocaleScope {
  public:
    explicit LocaleScope(const Locale& locale) : previous_(::uselocale(locale.get())) {}
    ~LocaleScope() { ::uselocale(previous_); }
    LocaleScope(const LocaleScope&) = delete;
    LocaleScope& operator=(const LocaleScope&) = delete;

  private:
    locale_t previous_;
};

} // namespace selns::archive
