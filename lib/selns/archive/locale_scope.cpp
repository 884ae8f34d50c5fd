#include "selns/archive/locale_scope.hpp"

#include "selns/base/error.hpp"

#include <cerrno>
#include <string>

namespace selns::archive {

Locale::Locale(const char* name) : locale_(::newlocale(LC_ALL_MASK, name, nullptr)) {
    // A sandbox's root has no locales. "C" does for ASCII names, and policies have no others.
    if (locale_ == nullptr)
        locale_ = ::newlocale(LC_ALL_MASK, "C", nullptr);
    if (locale_ == nullptr)
        throw system_error("cannot load the locale " + std::string(name), errno);
}

Locale::~Locale() {
    ::freelocale(locale_);
}

} // namespace selns::archive
