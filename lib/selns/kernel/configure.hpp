#pragma once

#include "selns/base/context.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/cache/store.hpp"
#include "selns/kernel/config.hpp"
#include "selns/kernel/make.hpp"
#include "selns/kernel/origin.hpp"
#include "selns/process/process.hpp"
#include "selns/progress/progress.hpp"

namespace selns::kernel {

// Puts the source into DIRECTORY (which must not exist) and the recipe's patches over it. A patch
// that does not apply is an invalid_input Error with patch's own words.
void prepare_source(const Recipe& recipe, const Origin& origin,
                    const std::filesystem::path& directory, Part part, progress::Step& step,
                    const Context& context);

// Writes .config: the recipe's base with WANTED, its fragments merged, over it. Checks that every
// symbol came out as it is wanted, and that the kernel will have what the recipe says it provides.
Config configure(const Recipe& recipe, const Config& wanted, Make& make);

// Throws an Error that names what of RECIPE's `provides` a kernel of CONFIG does not have.
void check_provides(const Recipe& recipe, const Config& config);

} // namespace selns::kernel
