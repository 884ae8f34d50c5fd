#pragma once

#include "selns-build/look.hpp"
#include "selns/query/labels.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace selns::cmd {

// One line of `label list`: "PATH<TAB>CONTEXT", or a JSON object. An empty CONTEXT is <<none>>, or
// null. PATH is written as printable() does, which can be read back.
void append_label(std::string& text, std::string_view path, std::string_view context, bool json);

std::string verified_text(const label::Survey& survey, const Look& look);
std::string applied_text(const label::Survey& survey, bool dry_run, const Look& look);
std::string survey_json(const label::Survey& survey);

std::string explanations_text(const std::vector<query::LabelExplanation>& explanations,
                              const Look& look);
std::string explanations_json(const std::vector<query::LabelExplanation>& explanations);

} // namespace selns::cmd
