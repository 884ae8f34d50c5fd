#pragma once

namespace selns {

// Gives every signal its default meaning and blocks none: exec hands on what a caller ignored and
// blocked. With SIGCHLD ignored, for one, nobody would know how a child ended. Safe after fork.
void reset_signals();

} // namespace selns
