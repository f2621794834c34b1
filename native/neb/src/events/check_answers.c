/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check_answers.h"

#include <stdio.h>
#include <stdlib.h>

#include "check_dummy.h"
#include "own_results.h"

bool mgm_check_answers_dummy(struct mgm_module *m, const char *host, const char *service, const char *command_line)
{
	struct mgm_check_dummy dummy;
	bool answered;

	if (!m->settings.internal_check_dummy || !mgm_check_dummy(command_line, &dummy))
		return false;
	answered = mgm_own_results_add(m, host, service, dummy.return_code, dummy.output);
	if (answered && m->settings.debug)
		mgm_log_debug(&m->log, "using internal check dummy for cmd: '%s'", command_line);
	free(dummy.output);
	return answered;
}

void mgm_check_answers_orphan(struct mgm_module *m, const char *host, const char *service, const char *queue,
                              int check_options)
{
	bool wanted = service != NULL ? m->settings.orphan_service_checks : m->settings.orphan_host_checks;
	char *text = NULL;

	if (!wanted || (check_options & mgm_constant(m->core.abi, MGM_C_CHECK_OPTION_ORPHAN_CHECK, 4)) == 0)
		return;
	if (asprintf(&text, "(%s check orphaned, is the mod-gearman worker on queue '%s' running?)\n",
	             service != NULL ? "service" : "host", queue) < 0)
		return;
	mgm_own_results_add(m, host, service, (int)m->settings.orphan_return, text);
	free(text);
}
