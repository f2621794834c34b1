#pragma once

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace mgm
{

/** Threads created meanwhile inherit the mask. System calls, as pthread_sigmask() would need a newer C library. */
class AllSignalsBlocked
{
public:
	AllSignalsBlocked()
	{
		const uint64_t all = UINT64_MAX;
		syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before_, sizeof(all));
	}
	~AllSignalsBlocked() { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before_, nullptr, sizeof(before_)); }
	AllSignalsBlocked(const AllSignalsBlocked &) = delete;
	AllSignalsBlocked &operator=(const AllSignalsBlocked &) = delete;

private:
	uint64_t before_ = 0;
};

} // namespace mgm
