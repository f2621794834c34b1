#ifndef MGM_OS_LIMITS_H
#define MGM_OS_LIMITS_H

#include <cstdint>

namespace mgm
{

/** Keep-alive of one TCP connection; a value below 1 stays that of the system. */
struct KeepAlive {
	int idle_seconds;
	int interval_seconds;
	int count;
};

/**
 * Switches probes on and sets their times.
 *
 * @param[in,out] wanted then what the socket has
 * @return 0 or an errno
 */
int set_keep_alive(int fd, KeepAlive &wanted);

/**
 * Sets the limit of open files of this process (RLIMIT_NOFILE); the hard limit is raised too if that is permitted.
 *
 * @return 0 or an errno: the limit is unchanged, or as high as the hard limit allows
 */
int set_open_files(uint64_t count);

/**
 * Hides the memory of this process from others of the same user (PR_SET_DUMPABLE): neither ptrace() nor /proc/PID/mem nor a core
 * file shows it. Programs that it starts are not affected.
 *
 * @return 0 or an errno
 */
int hide_memory();

} // namespace mgm

#endif
