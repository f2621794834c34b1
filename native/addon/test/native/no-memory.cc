/*
 * Memory runs out at every place where the engine asks for some: each plugin that was taken on has one result all the
 * same, one that was not says so, nothing throws, no descriptor and no child is left. Link with -Wl,--wrap=realloc.
 */
#include <errno.h>
#include <sys/wait.h>

#include <atomic>

#include "rig.h"

namespace
{

/** More allocations than a round has. */
constexpr int kPlaces = 220;
/** From some place on each so many-th fails. */
constexpr int kEvery[] = { 1, 2, 3, 5, 7, 11 };
constexpr int kNever = -1;

/** Allocations until the next one that fails, or `kNever`. */
std::atomic<int> countdown{ kNever };
std::atomic<int> every{ 0 };

bool fails()
{
	if (!test::memory_may_fail || countdown.load() == kNever)
		return false;
	if (countdown.fetch_sub(1) != 0)
		return false;
	countdown = every == 0 ? kNever : every - 1;
	return true;
}

} // namespace

void *operator new(size_t size)
{
	void *memory = fails() ? nullptr : malloc(size);
	if (memory == nullptr)
		throw std::bad_alloc();
	return memory;
}

void operator delete(void *memory) noexcept
{
	free(memory);
}
void operator delete(void *memory, size_t) noexcept
{
	free(memory);
}

extern "C" void *__real_realloc(void *memory, size_t size);
extern "C" void *__wrap_realloc(void *memory, size_t size)
{
	return fails() ? nullptr : __real_realloc(memory, size);
}

namespace
{

/** One plugin of each kind with memory short from the given place on, then one of each with enough of it. */
test::Counts run(int place, int repeat)
{
	constexpr uint32_t kQuick[] = { 0, 1, 2, 3, 5, 7 };
	test::Rig rig(2);
	every = repeat;
	countdown = place;
	for (uint32_t id : kQuick)
		rig.start(id);
	rig.take(0);
	countdown = kNever;
	const test::Counts before = rig.counts;
	for (uint32_t id : kQuick)
		rig.start(id + test::kKinds);
	rig.take(0);
	if (rig.counts.refused != before.refused || rig.counts.without_memory != before.without_memory)
		abort(); // it does not go on
	return rig.counts;
}

} // namespace

int main()
{
	test::memory_may_fail = false;
	int before = test::open_descriptors();
	test::Counts total;
	for (int place = 0; place < kPlaces; place++)
		total.add(run(place, 0));
	for (int repeat : kEvery)
		for (int place = 0; place < 5; place++)
			total.add(run(place, repeat));
	int left = test::open_descriptors() - before;
	int child = waitpid(-1, nullptr, WNOHANG);
	printf("asked %d refused %d withoutMemory %d exited %d descriptors %d children %s\n", total.started + total.refused,
	       total.refused, total.without_memory, total.exited, left, child < 0 && errno == ECHILD ? "none" : "left");
	return left == 0 && child < 0 ? 0 : 1;
}
