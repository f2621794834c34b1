#include <new>

// Libraries newer than those that Node needs have these, and the headers of this machine may ask for them. Hidden, so that
// nothing else gets them.
#define MGM_OWN __attribute__((visibility("hidden")))

extern "C" {

/** C library 2.32. Shared pointers ask whether they can do without atomic operations. */
extern MGM_OWN char __libc_single_threaded;
char __libc_single_threaded = 0;
}

namespace std {

/** GCC 11. Called for sizes beyond all bounds. */
[[noreturn]] MGM_OWN void __throw_bad_array_new_length();

void __throw_bad_array_new_length() { throw bad_array_new_length(); }

} // namespace std
