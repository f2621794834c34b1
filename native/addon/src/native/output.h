#pragma once

#include <cstddef>

namespace mgm
{

/** The first bytes of a stream up to a limit; bytes beyond it are counted and dropped. */
class Output
{
public:
	Output() = default;
	Output(const Output &) = delete;
	Output &operator=(const Output &) = delete;
	Output(Output &&other) noexcept;
	Output &operator=(Output &&other) noexcept;
	~Output();

	/** Keeps bytes until the total reaches `limit`. If memory is short they count as dropped. */
	void append(const char *bytes, size_t count, size_t limit);

	size_t length() const { return length_; }
	size_t dropped() const { return dropped_; }
	const char *bytes() const { return bytes_; }

	/** Transfers ownership; the caller must free() it. Null if empty. */
	char *take();

private:
	bool grow(size_t wanted, size_t limit);

	char *bytes_ = nullptr;
	size_t length_ = 0;
	size_t capacity_ = 0;
	size_t dropped_ = 0;
};

} // namespace mgm
