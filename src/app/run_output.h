// How a run of a loop, and a dry run, are shown to people: by the command line and by the demo.
#pragma once

#include <string>

#include "base/json.h"

namespace malote::app {

/// An answer of a provider can be long: the members that say what came of it, without the whole of
/// what the provider said (`raw`), cut after `width` characters, safe for terminals.
std::string in_a_line(json::View value, std::size_t width);

/// What a step was answered, in a line: its data, or why it failed.
std::string answer_in_a_line(json::View step, std::size_t width);

/// The answer of GET /v1/runs/{id}: the run, its journal, and what each step was given and
/// answered.
void print_run(json::View run);

/// The answer of POST /v1/loops/{id}/run with "dry_run".
void print_dry_run(json::View plan);

}  // namespace malote::app
