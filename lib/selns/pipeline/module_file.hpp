#pragma once

#include "selns/cache/lock.hpp"
#include "selns/module/local_module.hpp"

#include <filesystem>
#include <functional>
#include <string>

namespace selns::pipeline {

// Reads the local module; a new one when there is no such file.
module::LocalModule read_module(const std::filesystem::path& file);

// The local module's file, held against other runs that would write it, too.
class ModuleFile {
  public:
    // Waits for others; ON_WAIT is called once if there are.
    ModuleFile(std::filesystem::path file, const Interrupt& interrupt,
               const std::function<void()>& on_wait);

    const module::LocalModule& module() const { return module_; }
    // The file's text; empty when there is none.
    const std::string& text() const { return text_; }
    // Atomically, and only if the text is another. Tells whether it was.
    bool write(const module::LocalModule& module) { return write(module.str()); }
    bool write(std::string text);

  private:
    std::filesystem::path file_;
    cache::Lock lock_;
    std::string text_;
    module::LocalModule module_;
};

} // namespace selns::pipeline
