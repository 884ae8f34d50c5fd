#pragma once

namespace selns::sandbox {

// How a sandbox is told what it is: argv is this name, the worker's, and whether it may be weak.
inline constexpr const char* sandbox_name = "selns-sandbox";
inline constexpr const char* weak_word = "weak";
inline constexpr const char* strict_word = "strict";

// Its descriptors: the request on standard input, standard error, the channel, the task's.
inline constexpr int channel_fd = 3;
inline constexpr int first_descriptor = 4;
inline constexpr unsigned most_descriptors = 16;

} // namespace selns::sandbox
