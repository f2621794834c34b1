#include "exit_guard.h"

#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <thread>

#include "signal_mask.h"

namespace mgm
{
namespace
{

constexpr int64_t kLongestMillis = 60 * 1000;

} // namespace

void exit_after(int64_t millis, int code)
{
	const auto micros = static_cast<useconds_t>(std::clamp<int64_t>(millis, 0, kLongestMillis) * 1000);
	const AllSignalsBlocked blocked;
	try {
		std::thread([micros, code] {
			usleep(micros);
			_exit(code);
		}).detach();
	} catch (const std::system_error &) {
	}
}

} // namespace mgm
