/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Tests of another architecture, run by an emulator of user programs: MGM_EMULATOR holds its command line. */
#ifndef MGM_TEST_EMULATED_H
#define MGM_TEST_EMULATED_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EMULATED_WORDS 32

__attribute__((unused)) static bool emulated(void)
{
	const char *command = getenv("MGM_EMULATOR");

	return command != NULL && command[0] != '\0';
}

/** execv(), through the emulator if there is one: the kernel cannot run such programs itself. Returns only on failure. */
__attribute__((unused)) static void emulated_exec(const char *program, char *const *arguments)
{
	char *words[EMULATED_WORDS] = { NULL }, *command, *rest = NULL;
	size_t count = 0;

	if (!emulated()) {
		execv(program, arguments);
		return;
	}
	command = strdup(getenv("MGM_EMULATOR"));
	for (char *word = strtok_r(command, " ", &rest); word != NULL && count < EMULATED_WORDS - 1;
	     word = strtok_r(NULL, " ", &rest))
		words[count++] = word;
	for (size_t i = 0; arguments[i] != NULL && count < EMULATED_WORDS - 1; i++)
		words[count++] = i == 0 ? (char *)(size_t)program : arguments[i];
	execvp(words[0], words);
}

#endif
