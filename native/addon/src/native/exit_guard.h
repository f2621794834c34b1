#pragma once

#include <cstdint>

namespace mgm {

/**
 * Ends the process with `code` when it is still there after that time. exit() waits for the threads of Node's pool, and
 * one of these may hang in a system call for as long as a file system or a name server likes. Does nothing when there is
 * no thread to be had.
 */
void exit_after(int64_t millis, int code);

} // namespace mgm
