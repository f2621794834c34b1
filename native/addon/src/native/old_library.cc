#include <new>

namespace std {

/**
 * The C++ library has this since GCC 11 only and Node runs with older ones. The headers call it for sizes beyond all
 * bounds. Hidden, so that nobody else gets it.
 */
[[noreturn]] __attribute__((visibility("hidden"))) void __throw_bad_array_new_length();

void __throw_bad_array_new_length() { throw bad_array_new_length(); }

} // namespace std
