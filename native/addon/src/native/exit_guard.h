#pragma once

#include <cstdint>

namespace mgm
{

/**
 * Ends the process with `code` if it still exists after `millis`. exit() waits for the threads of Node's pool, one of
 * which may hang in a system call on a file system or a name server. Does nothing if no thread can be created.
 */
void exit_after(int64_t millis, int code);

} // namespace mgm
