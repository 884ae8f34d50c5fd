#pragma once

#include "selns/pipeline/pipeline.hpp"

#include <string>

namespace selns::pipeline {

// What RESULT says of the outputs besides their names, as JSON: a later run that finds them up to
// date says the same.
std::string facts_of(const Result& result);
// Throws an Error when FACTS is no such text.
void take_facts(const std::string& facts, Result& result);

} // namespace selns::pipeline
