/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <string.h>
#include <sys/ioctl.h>

/* Small on Nagios: what was read is always processed at once there, see work(). */
#define CHUNK_NAEMON 65536u
#define CHUNK_NAGIOS 4096u
/* A drain ends even if the bridge never stops sending. */
#define DRAIN_MAX_CHUNKS 1024u

void mgm_link_init(struct mgm_link *link, const struct mgm_core *core, const struct mgm_clock *clock,
                   const struct mgm_link_events *events, void *arg)
{
	memset(link, 0, sizeof(*link));
	link->core = core;
	link->clock = clock;
	link->events = events;
	link->arg = arg;
	link->fd = -1;
	link->out_fd = -1;
	link->linger_ms = MGM_LINK_LINGER_MS;
	mgm_buffer_init(&link->in, MGM_FRAME_HEADER_BYTES + MGM_FRAME_MAX_BODY + CHUNK_NAEMON);
	mgm_chain_init(&link->out, MGM_LINK_MAX_UNSENT);
}

static void send_plain(struct mgm_link *link, enum mgm_msg_type type, enum mgm_id id, uint32_t value)
{
	struct mgm_frame frame = { 0 };

	mgm_frame_begin(&frame, type);
	if (id != 0)
		mgm_frame_u32(&frame, id, value);
	if (mgm_frame_end(&frame))
		mgm_link_send(link, frame.data, frame.size);
	mgm_frame_free(&frame);
}

static void on_welcome(struct mgm_link *link, const struct mgm_message *message)
{
	uint32_t version = mgm_msg_u32(message, MGM_ID_VERSION, 0);
	uint32_t theirs = mgm_msg_u32(message, MGM_ID_HEARTBEAT_MS, MGM_LINK_HEARTBEAT_MS);

	if (link->state != MGM_LINK_GREETING) {
		mgm_link_kill(link, "it sent a second WELCOME");
		return;
	}
	if (version != MGM_PROTOCOL_VERSION) {
		send_plain(link, MGM_MSG_BYE, MGM_ID_REASON, MGM_BYE_PROTOCOL);
		mgm_link_kill(link, "it speaks version %u of the protocol, this module speaks %u", version,
		              MGM_PROTOCOL_VERSION);
		return;
	}
	/* The tick is a second: a shorter beat could not be kept. */
	if (theirs < link->heartbeat_ms)
		link->heartbeat_ms = theirs > 1000 ? theirs : 1000;
	link->peer_window = mgm_msg_u32(message, MGM_ID_WINDOW, 0);
	link->state = MGM_LINK_UP;
	link->events->up(link->arg);
}

static void dispatch(struct mgm_link *link, const struct mgm_message *message)
{
	switch (message->type) {
	case MGM_MSG_WELCOME: on_welcome(link, message); return;
	case MGM_MSG_PING: send_plain(link, MGM_MSG_PONG, 0, 0); return;
	case MGM_MSG_PONG: return;
	case MGM_MSG_BYE:
		mgm_link_kill(link, "it ended the conversation (reason %u)", mgm_msg_u32(message, MGM_ID_REASON, 0));
		return;
	case MGM_MSG_WINDOW:
		link->peer_window = mgm_msg_u32(message, MGM_ID_WINDOW, 0);
		link->events->writable(link->arg);
		return;
	case MGM_MSG_FAULT:
	case MGM_MSG_LOG: link->events->message(link->arg, message); return;
	default:
		if (link->state == MGM_LINK_UP)
			link->events->message(link->arg, message);
		else
			mgm_link_kill(link, "%s came before WELCOME", mgm_msg_name(message->type));
	}
}

/* One message out of the buffer. @return false when none is complete, or the link died */
static bool one_message(struct mgm_link *link)
{
	struct mgm_message message;
	size_t used;
	enum mgm_frame_rc rc;

	if (link->dead)
		return false;
	rc = mgm_frame_decode(mgm_buffer_head(&link->in), link->in.size, &message, &used);
	if (rc == MGM_FRAME_MORE)
		return false;
	if (rc != MGM_FRAME_OK) {
		send_plain(link, MGM_MSG_BYE, MGM_ID_REASON, MGM_BYE_PROTOCOL);
		mgm_link_kill(link, "it sent something that is not the bridge protocol (%s)", mgm_frame_error(rc));
		return false;
	}
	link->skipped_fields += message.unknown_fields;
	if (message.known)
		dispatch(link, &message);
	else
		link->skipped_messages++;
	mgm_buffer_consume(&link->in, used);
	return true;
}

static bool ending(const struct mgm_link *link)
{
	return *link->core->sigshutdown != 0 || *link->core->sigrestart != 0;
}

/* What to read at most: on Nagios little, so that little is left to do, but of one long message all that is missing. */
static size_t chunk_of(const struct mgm_link *link)
{
	size_t missing;

	if (link->core->family == MGM_NAEMON)
		return CHUNK_NAEMON;
	missing = mgm_frame_missing(mgm_buffer_head(&link->in), link->in.size);
	return missing <= CHUNK_NAGIOS ? CHUNK_NAGIOS : missing < CHUNK_NAEMON ? missing : CHUNK_NAEMON;
}

/*
 * Read and process. On Naemon the budget may end it between two messages, a pause follows. On Nagios there is
 * no pause, and a descriptor without unread bytes would not wake us for what is left in the buffer: there the
 * budget counts between two small reads only, and the next one is expected to take as long as the last.
 */
static void work(struct mgm_link *link)
{
	bool naemon = link->core->family == MGM_NAEMON;
	int64_t started = mgm_steady_us(link->clock) - link->spent_us;
	bool spent = false;

	link->spent_messages++; /* a call without a whole message counts too */
	for (;;) {
		int64_t before = link->spent_us;

		while (!(naemon && spent) && !ending(link) && one_message(link)) {
			link->spent_us = mgm_steady_us(link->clock) - started;
			spent = ++link->spent_messages >= MGM_LINK_BUDGET_MESSAGES || link->spent_us >= MGM_LINK_BUDGET_US;
		}
		if (!naemon && 2 * link->spent_us - before >= MGM_LINK_BUDGET_US)
			break;
		if (spent || link->dead || ending(link) || !mgm_link_receive(link, chunk_of(link)))
			break;
		/* Reading alone may take that long, in a message of megabytes. */
		link->spent_us = mgm_steady_us(link->clock) - started;
		spent = link->spent_us >= MGM_LINK_BUDGET_US;
	}
}

static void on_resume(void *arg);

static int on_readable(int fd, int events, void *arg)
{
	struct mgm_link *link = arg;

	(void)fd;
	(void)events;
	if (link->busy || link->fd < 0)
		return 0;
	link->busy = true;
	work(link);
	link->events->batch_end(link->arg);
	link->busy = false;
	if (link->dead) {
		mgm_link_take_down(link);
		return 0;
	}
	if (link->core->family != MGM_NAEMON) {
		link->spent_messages = 0;
		link->spent_us = 0;
		return 0;
	}
	/*
	 * Naemon runs no timed event in a turn in which a descriptor was readable. With the budget spent, step out
	 * of the set and let a timed event bring us back: everything that is due runs in between.
	 */
	if ((link->spent_messages >= MGM_LINK_BUDGET_MESSAGES || link->spent_us >= MGM_LINK_BUDGET_US) &&
	    link->registered && *link->core->nagios_iobs != NULL &&
	    mgm_timer_start(&link->resume, link->core, 0, on_resume, link)) {
		link->core->iobroker_unregister(*link->core->nagios_iobs, link->fd);
		link->registered = false;
	}
	return 0;
}

static bool watch_input(struct mgm_link *link)
{
	void *iobs = *link->core->nagios_iobs;

	link->registered = iobs != NULL && link->core->iobroker_register(iobs, link->fd, link, on_readable) == 0;
	return link->registered;
}

static void on_resume(void *arg)
{
	struct mgm_link *link = arg;

	link->spent_messages = 0;
	link->spent_us = 0;
	if (link->fd < 0)
		return;
	if (!link->registered && !watch_input(link)) {
		mgm_link_kill(link, "the core does not watch its socket");
		mgm_link_take_down(link);
		return;
	}
	/* Whole messages may be left in the buffer; nothing but us knows about them. */
	on_readable(link->fd, 0, link);
}

bool mgm_link_attach(struct mgm_link *link, int fd, const struct mgm_frame *hello)
{
	link->fd = fd;
	link->state = MGM_LINK_GREETING;
	link->dead = false;
	link->silent = false;
	link->why[0] = '\0';
	link->heartbeat_ms = MGM_LINK_HEARTBEAT_MS;
	link->peer_window = 0;
	link->heard_ms = mgm_steady_ms(link->clock);
	link->sent_ms = link->heard_ms;
	link->spent_messages = 0;
	link->spent_us = 0;
	if (!watch_input(link)) {
		mgm_link_close_fds(link);
		link->state = MGM_LINK_DOWN;
		return false;
	}
	mgm_link_send(link, hello->data, hello->size);
	return true;
}

void mgm_link_tick(struct mgm_link *link)
{
	int64_t now = mgm_steady_ms(link->clock);
	int64_t beat = link->heartbeat_ms;
	int unread = 0;

	if (link->state == MGM_LINK_DOWN)
		return;
	/* The tick itself is a timed event: they do run. */
	link->spent_messages = 0;
	link->spent_us = 0;
	/* Unread bytes do not count as silence. */
	if (!link->dead && now - link->heard_ms > 3 * beat && (ioctl(link->fd, FIONREAD, &unread) != 0 || unread == 0)) {
		link->silent = true;
		mgm_link_kill(link, "it has been silent for %lld ms", (long long)(now - link->heard_ms));
	}
	if (link->out.size > 0)
		mgm_link_flush(link);
	if (!link->dead && now - link->sent_ms >= beat)
		send_plain(link, MGM_MSG_PING, 0, 0);
	if (link->dead)
		mgm_link_take_down(link);
}

void mgm_link_drain(struct mgm_link *link)
{
	if (link->state == MGM_LINK_DOWN || link->busy)
		return;
	link->busy = true;
	for (unsigned int i = 0; i < DRAIN_MAX_CHUNKS && !link->dead; i++) {
		while (one_message(link))
			;
		if (link->dead || !mgm_link_receive(link, CHUNK_NAEMON))
			break;
	}
	link->events->batch_end(link->arg);
	link->busy = false;
}

void mgm_link_detach(struct mgm_link *link)
{
	mgm_timer_stop(&link->resume);
	if (link->registered && *link->core->nagios_iobs != NULL)
		link->core->iobroker_unregister(*link->core->nagios_iobs, link->fd);
	link->registered = false;
	mgm_link_stop_output_watch(link);
	link->detached = true;
}

bool mgm_link_bye(struct mgm_link *link, enum mgm_bye reason, bool may_wait)
{
	bool unread, dead = link->dead;

	if (link->state == MGM_LINK_DOWN)
		return false;
	unread = may_wait && mgm_link_unread(link);
	if (!link->dead)
		send_plain(link, MGM_MSG_BYE, MGM_ID_REASON, (uint32_t)reason);
	if (unread)
		mgm_link_linger(link);
	unread = unread && mgm_link_unread(link);
	mgm_link_kill(link, "the core ends the conversation");
	mgm_link_take_down(link);
	return !dead && !unread;
}
