#include "output.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace mgm {

Output::Output(Output &&other) noexcept
	: bytes_(std::exchange(other.bytes_, nullptr)), length_(std::exchange(other.length_, 0)),
	  room_(std::exchange(other.room_, 0)), dropped_(std::exchange(other.dropped_, 0))
{
}

Output &Output::operator=(Output &&other) noexcept
{
	std::swap(bytes_, other.bytes_);
	std::swap(length_, other.length_);
	std::swap(room_, other.room_);
	std::swap(dropped_, other.dropped_);
	return *this;
}

Output::~Output() { free(bytes_); }

void Output::append(const char *bytes, size_t count, size_t limit)
{
	size_t kept = std::min(count, limit - std::min(length_, limit));
	if (kept > room_ - length_ && !make_room(length_ + kept, limit))
		kept = room_ - length_;
	if (kept > 0)
		memcpy(bytes_ + length_, bytes, kept);
	length_ += kept;
	dropped_ += count - kept;
}

char *Output::take()
{
	length_ = 0;
	room_ = 0;
	return std::exchange(bytes_, nullptr);
}

/** Small outputs get what they need, growing ones twice that. */
bool Output::make_room(size_t wanted, size_t limit)
{
	size_t room = room_ == 0 ? wanted : std::min(std::max(wanted, 2 * room_), limit);
	char *bytes = static_cast<char *>(realloc(bytes_, room));
	if (bytes == nullptr)
		return false;
	bytes_ = bytes;
	room_ = room;
	return true;
}

} // namespace mgm
