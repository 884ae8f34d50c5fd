#pragma once

#include "selns/base/interrupt.hpp"

namespace selns::test {

inline const Interrupt never; // nobody interrupts

} // namespace selns::test
