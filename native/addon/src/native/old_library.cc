#include <new>

// Symbols of libraries newer than those Node needs; the headers of the build machine may refer to them. Hidden, so that
// no other object uses them.
#define MGM_OWN __attribute__((visibility("hidden")))

extern "C" {

/** C library 2.32. Tells shared pointers whether they need atomic operations. */
extern MGM_OWN char __libc_single_threaded;
char __libc_single_threaded = 0;
}

namespace std
{

/** GCC 11. Called for array sizes that overflow. */
[[noreturn]] MGM_OWN void __throw_bad_array_new_length();

void __throw_bad_array_new_length()
{
	throw bad_array_new_length();
}

} // namespace std
