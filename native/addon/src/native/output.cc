#include "output.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace mgm
{

Output::Output(Output &&other) noexcept
	: bytes_(std::exchange(other.bytes_, nullptr)), length_(std::exchange(other.length_, 0)),
	  capacity_(std::exchange(other.capacity_, 0)), dropped_(std::exchange(other.dropped_, 0))
{
}

Output &Output::operator=(Output &&other) noexcept
{
	std::swap(bytes_, other.bytes_);
	std::swap(length_, other.length_);
	std::swap(capacity_, other.capacity_);
	std::swap(dropped_, other.dropped_);
	return *this;
}

Output::~Output()
{
	free(bytes_);
}

void Output::append(const char *bytes, size_t count, size_t limit)
{
	size_t kept = std::min(count, limit - std::min(length_, limit));
	if (kept > capacity_ - length_ && !grow(length_ + kept, limit))
		kept = capacity_ - length_;
	if (kept > 0)
		memcpy(bytes_ + length_, bytes, kept);
	length_ += kept;
	dropped_ += count - kept;
}

char *Output::take()
{
	length_ = 0;
	capacity_ = 0;
	return std::exchange(bytes_, nullptr);
}

/** The first allocation is exact, later ones double the capacity. */
bool Output::grow(size_t wanted, size_t limit)
{
	size_t capacity = capacity_ == 0 ? wanted : std::min(std::max(wanted, 2 * capacity_), limit);
	char *bytes = static_cast<char *>(realloc(bytes_, capacity));
	if (bytes == nullptr)
		return false;
	bytes_ = bytes;
	capacity_ = capacity;
	return true;
}

} // namespace mgm
