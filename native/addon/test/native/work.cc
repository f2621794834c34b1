/*
 * Counts the pieces of code (basic blocks) that are run for inputs of one size and of eight times that size, and prints
 * the ratio of the two: 8 where the effort is linear, 9 or 10 with n log n, 64 where it is quadratic. Compile with
 * -fsanitize-coverage=trace-pc and link with work-counter.c.
 */
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "../../src/native/output.h"
#include "../../src/native/request.h"

extern "C" unsigned long work;

namespace
{

constexpr size_t kSize = 5000;
constexpr size_t kTimes = 8;
constexpr size_t kInherited = 1000;
constexpr size_t kLongName = 400;

std::string numbered(const std::string &name, size_t number)
{
	return name + std::to_string(number) + "=b";
}

/** A request with one argument and these assignments. */
std::string request(const std::vector<std::string> &assignments)
{
	mgm::RequestHeader header = {};
	header.argc = 1;
	header.envc = static_cast<uint32_t>(assignments.size());
	std::string bytes(reinterpret_cast<const char *>(&header), sizeof(header));
	bytes.append("/bin/true", 10);
	for (const std::string &one : assignments)
		bytes.append(one.c_str(), one.size() + 1);
	return bytes;
}

unsigned long work_of(const std::function<void()> &action)
{
	const unsigned long before = work;
	action();
	return work - before;
}

unsigned long of_assignments(size_t count, const std::function<std::string(size_t)> &assignment)
{
	std::vector<std::string> assignments;
	for (size_t n = 0; n < count; n++)
		assignments.push_back(assignment(n));
	std::string block;
	for (size_t n = 0; n < kInherited; n++)
		block.append(numbered("A", n)).push_back('\0');
	const mgm::Environment environment(block);
	const std::string bytes = request(assignments);
	return work_of([&] {
		auto parsed = mgm::Request::parse(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size());
		parsed->prepare(environment);
	});
}

unsigned long of_output(size_t chunks)
{
	return work_of([&] {
		mgm::Output output;
		for (size_t n = 0; n < chunks; n++)
			output.append("0123456789", 10, kSize * kTimes * 8);
	});
}

void tell(const char *name, const std::function<unsigned long(size_t)> &effort)
{
	printf("%s %lu\n", name, effort(kTimes * kSize) / effort(kSize));
}

} // namespace

int main()
{
	const std::string long_name(kLongName, 'x');
	tell("different", [](size_t count) { return of_assignments(count, [](size_t n) { return numbered("A", n); }); });
	tell("equal", [](size_t count) { return of_assignments(count, [](size_t) { return std::string("A=b"); }); });
	tell("long",
	     [&](size_t count) { return of_assignments(count / 20, [&](size_t n) { return numbered(long_name, n); }); });
	tell("descending",
	     [](size_t count) { return of_assignments(count, [=](size_t n) { return numbered("A", count - n); }); });
	tell("output", of_output);
}
