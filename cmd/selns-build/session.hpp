#pragma once

#include "selns-build/look.hpp"
#include "selns-build/output.hpp"
#include "selns/base/interrupt.hpp"
#include "selns/process/process.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace selns::cmd {

// How messages are written to standard error.
enum class MessageForm { text, json };

// What a run of the program works with; made by main, and by tests.
struct Session {
    Output& out;
    Output& err;
    Look out_look;
    Look err_look;
    bool err_redraws = false; // standard error is a terminal that a line can be redrawn on
    Environment environment;
    const Interrupt& interrupt;
    process::Runner& runner;
    MessageForm messages = MessageForm::text;
    // The name of the recipe that this is all about, when there are several at the same time.
    std::string recipe{};
    // Large results, to be freed with the session: main leaves that to the end of the process.
    std::vector<std::shared_ptr<const void>> kept{};

    template <typename Result>
    const Result& keep(Result result) {
        auto shared = std::make_shared<const Result>(std::move(result));
        kept.push_back(shared);
        return *shared;
    }
};

} // namespace selns::cmd
