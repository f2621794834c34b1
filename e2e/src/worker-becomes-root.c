/* A plugin, to be made setuid root, that gives its caller no right to signal it any more, says so and hangs. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	if (setuid(0) != 0)
		return 3;
	puts("root now");
	fflush(stdout);
	for (;;)
		pause();
}
