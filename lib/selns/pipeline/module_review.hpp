#pragma once

#include "selns/module/local_module.hpp"
#include "selns/module/review.hpp"
#include "selns/pipeline/pipeline.hpp"
#include "selns/policy/changes.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace selns::pipeline {

// What a module gives. Places have no lines when it is a package.
module::Given given_by(const policy::Module& module, const Context& context);
// The same of a text. FILE stands for it in places.
module::Given given_by(const std::string& text, module::Format format, const std::string& file);
// What ALL modules give together, held against POLICY: each may declare what another one uses.
std::vector<module::Objection> review_all(std::vector<module::Given> all,
                                          const verdict::Policy& policy,
                                          const verdict::Preferences& preferences);
// What the local module's file says, held against POLICY; nothing when there is no such file.
std::vector<module::Objection> review_local(const std::filesystem::path& module,
                                            const verdict::Policy& policy,
                                            const verdict::Preferences& preferences);
// What hand-written MODULES and the LOCAL module's file, which may be empty, give together.
std::vector<module::Objection> review_modules(const std::vector<policy::Module>& modules,
                                              const std::filesystem::path& local,
                                              const verdict::Policy& policy,
                                              const verdict::Preferences& preferences,
                                              const Context& context);

// "httpd_t shadow_t:file read: reads password hashes", with what silences it, but without the
// place.
std::string text_of(const module::Objection& objection);
// With their places.
void warn_of(const std::vector<module::Objection>& objections, progress::Sink& sink);

} // namespace selns::pipeline
