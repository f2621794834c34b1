/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINE_BYTES 2048
#define MINUTE_MS 60000
/* NSLOG_INFO_MESSAGE is the same in every known core; needed before a layout is proven. */
#define INFO_MESSAGE 262144

void mgm_log_init(struct mgm_log *log, const struct mgm_core *core, const struct mgm_clock *clock)
{
	memset(log, 0, sizeof(*log));
	log->core = core;
	log->clock = clock;
	log->own = (struct mgm_log_budget){ .limit = MGM_LOG_OWN_PER_MINUTE, .period_ms = MINUTE_MS };
	log->events = (struct mgm_log_budget){ .limit = MGM_LOG_EVENTS_PER_MINUTE, .period_ms = MINUTE_MS };
	log->bridge = (struct mgm_log_budget){ .limit = MGM_LOG_BRIDGE_PER_MINUTE, .period_ms = MINUTE_MS };
	log->debug = (struct mgm_log_budget){ .limit = MGM_LOG_DEBUG_PER_MINUTE, .period_ms = MINUTE_MS };
	log->bridge_debug = log->debug;
	log->output = (struct mgm_log_budget){ .limit = MGM_LOG_OUTPUT_PER_PERIOD, .period_ms = MGM_LOG_OUTPUT_PERIOD_MS };
}

/* Bytes of the UTF-8 character at `text`, 1 for a byte that begins none. */
static size_t character(const unsigned char *text)
{
	size_t size = *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : *text >= 0xc2 ? 2 : 1;

	for (size_t i = 1; i < size; i++)
		if ((text[i] & 0xc0) != 0x80)
			return 1;
	return size;
}

static bool is_control(const unsigned char *text, size_t size)
{
	if (size == 1)
		return *text < ' ' || (*text >= 0x7f && *text < 0xa0);
	return *text == 0xc2 && text[1] < 0xa0;
}

/*
 * One log entry is one line and no command to a terminal, with any content. Names may be in any encoding, so bytes that
 * are no UTF-8 stay, unless a terminal of eight bits would obey them.
 */
static void clean(char *line)
{
	unsigned char *text = (unsigned char *)line;

	for (size_t size; *text != '\0'; text += size) {
		size = character(text);
		if (is_control(text, size))
			memset(text, ' ', size);
	}
}

static bool allowed(struct mgm_log *log, struct mgm_log_budget *budget)
{
	int64_t now = mgm_steady_ms(log->clock);

	if (budget->used == 0 || now - budget->started_ms >= budget->period_ms) {
		if (budget->dropped > 0)
			mgm_core_log(log->core, INFO_MESSAGE, "mod_gearman: %llu more lines were not logged",
			             (unsigned long long)budget->dropped);
		budget->used = 0;
		budget->dropped = 0;
		budget->started_ms = now;
	}
	if (budget->used < budget->limit) {
		budget->used++;
		return true;
	}
	budget->dropped++;
	log->dropped_total++;
	return false;
}

static void put(struct mgm_log *log, bool error, char *text)
{
	clean(text);
	mgm_core_log(log->core, INFO_MESSAGE, "mod_gearman: %s%s", error ? "ERROR - " : "", text);
}

void mgm_log_info(struct mgm_log *log, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	if (!allowed(log, &log->own))
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	put(log, false, line);
}

void mgm_log_error(struct mgm_log *log, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	if (!allowed(log, &log->own))
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	put(log, true, line);
}

void mgm_log_event(struct mgm_log *log, bool is_error, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	if (!allowed(log, &log->events))
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	put(log, is_error, line);
}

void mgm_log_debug(struct mgm_log *log, const char *format, ...)
{
	char line[LINE_BYTES];
	va_list arguments;

	if (!allowed(log, &log->debug))
		return;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	put(log, false, line);
}

void mgm_log_bridge(struct mgm_log *log, uint32_t level, const char *text)
{
	char line[LINE_BYTES];

	if (!allowed(log, level < 2 ? &log->bridge : &log->bridge_debug))
		return;
	snprintf(line, sizeof(line), "%s", text);
	put(log, level == 0, line);
}

void mgm_log_output(struct mgm_log *log, const char *text)
{
	char line[LINE_BYTES];

	if (!allowed(log, &log->output))
		return;
	snprintf(line, sizeof(line), "bridge: %s", text);
	put(log, false, line);
}
