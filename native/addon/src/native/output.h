#pragma once

#include <cstddef>

namespace mgm {

/** The first bytes of a stream, at most a given number of them; the rest is only counted. */
class Output {
public:
	Output() = default;
	Output(const Output &) = delete;
	Output &operator=(const Output &) = delete;
	Output(Output &&other) noexcept;
	Output &operator=(Output &&other) noexcept;
	~Output();

	/** Keeps what fits below `limit` in all. Without memory for it the bytes count as dropped. */
	void append(const char *bytes, size_t count, size_t limit);

	size_t length() const { return length_; }
	size_t dropped() const { return dropped_; }
	const char *bytes() const { return bytes_; }

	/** Gives the memory away; free() is the receiver's. Null when empty. */
	char *take();

private:
	bool make_room(size_t wanted, size_t limit);

	char *bytes_ = nullptr;
	size_t length_ = 0;
	size_t room_ = 0;
	size_t dropped_ = 0;
};

} // namespace mgm
