/* A plugin that only root can end: to be made setuid root. Writes a line once it runs. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	if (setuid(0) != 0)
		return 3;
	puts("root");
	fflush(stdout);
	for (;;)
		pause();
}
