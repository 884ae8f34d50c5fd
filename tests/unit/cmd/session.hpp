#pragma once

#include "selns-build/session.hpp"
#include "selns/base/error.hpp"

#include <map>
#include <string>

namespace selns::test {

// The user has asked to stop.
class Raised final : public Interrupt {
  public:
    bool raised() const override { return true; }
};

// A program that runs no other program, writes to strings and has the environment VARIABLES.
struct TestSession {
    class NoRunner final : public process::Runner {
      public:
        process::Result run(const process::Command&) override {
            throw Error(ErrorKind::tool_failed, "there are no programs here");
        }
        std::optional<std::filesystem::path> find(const std::string&) const override {
            return std::nullopt;
        }
    };

    cmd::StringOutput out;
    cmd::StringOutput err;
    std::map<std::string, std::string> variables;
    Interrupt interrupt;
    NoRunner runner;
    cmd::Session session{.out = out,
                         .err = err,
                         .out_look = {},
                         .err_look = {},
                         .err_redraws = false,
                         .environment =
                             [this](const char* name) {
                                 const auto found = variables.find(name);
                                 return found != variables.end() ? found->second.c_str() : nullptr;
                             },
                         .interrupt = interrupt,
                         .runner = runner};
};

} // namespace selns::test
