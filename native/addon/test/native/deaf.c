/* A plugin nobody but root can end: to be made setuid root. Says that it runs, in case its starter wants to know. */
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
