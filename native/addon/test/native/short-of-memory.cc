/*
 * Preloaded: once the addon has begun its work, some allocations that it makes itself fail, less than one per plugin.
 */
#include <dlfcn.h>
#include <sys/auxv.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace
{

constexpr int kWarmUp = 200;
constexpr int kEvery = 41;
std::atomic<int> count{ 0 };

/** dladdr() takes long where there are many symbols, and the program itself asks most often. */
bool is_program(void *address)
{
	constexpr uintptr_t kMost = 512UL * 1024 * 1024;
	return reinterpret_cast<uintptr_t>(address) - getauxval(AT_PHDR) < kMost;
}

bool is_addon(void *address)
{
	if (is_program(address))
		return false;
	Dl_info info;
	return dladdr(address, &info) != 0 && info.dli_fname != nullptr &&
	       strstr(info.dli_fname, "mod_gearman_addon") != nullptr;
}

} // namespace

void *operator new(size_t size)
{
	if (is_addon(__builtin_return_address(0)) && ++count > kWarmUp && count % kEvery == 0)
		throw std::bad_alloc();
	void *memory = malloc(size);
	if (memory == nullptr)
		throw std::bad_alloc();
	return memory;
}
