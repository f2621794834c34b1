/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link_io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define FLUSH_PARTS (MGM_LINK_FLUSH / MGM_BLOCK_BYTES)

static void *iobs(const struct mgm_link *link)
{
	return link->core->nagios_iobs != NULL ? *link->core->nagios_iobs : NULL;
}

void mgm_link_kill(struct mgm_link *link, const char *format, ...)
{
	va_list arguments;

	if (link->dead || link->state == MGM_LINK_DOWN)
		return;
	link->dead = true;
	va_start(arguments, format);
	vsnprintf(link->why, sizeof(link->why), format, arguments);
	va_end(arguments);
}

bool mgm_link_receive(struct mgm_link *link, size_t chunk)
{
	uint8_t *space = mgm_buffer_space(&link->in, &chunk);
	ssize_t got;

	if (space == NULL) {
		mgm_link_kill(link, "no memory for its messages");
		return false;
	}
	do
		got = recv(link->fd, space, chunk, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got > 0) {
		mgm_buffer_filled(&link->in, (size_t)got);
		link->heard_ms = mgm_steady_ms(link->clock);
		return true;
	}
	/* A peer that dies with something unread resets. */
	if (got == 0 || errno == ECONNRESET)
		mgm_link_kill(link, "it closed the connection");
	else if (errno != EAGAIN && errno != EWOULDBLOCK)
		mgm_link_kill(link, "receiving failed: %s", strerror(errno));
	return false;
}

void mgm_link_stop_output_watch(struct mgm_link *link)
{
	if (link->out_fd < 0)
		return;
	if (iobs(link) != NULL)
		link->core->iobroker_unregister(iobs(link), link->out_fd);
	close(link->out_fd);
	link->out_fd = -1;
}

static int on_writable(int fd, int events, void *arg)
{
	struct mgm_link *link = arg;

	(void)fd;
	(void)events;
	mgm_link_flush(link);
	if (!link->dead && link->out_fd < 0)
		link->events->writable(link->arg);
	if (link->dead)
		mgm_link_take_down(link);
	return 0;
}

/* The iobroker takes a descriptor once only, hence the duplicate. */
static void start_output_watch(struct mgm_link *link)
{
	if (link->out_fd >= 0 || link->detached || iobs(link) == NULL)
		return;
	link->out_fd = fcntl(link->fd, F_DUPFD_CLOEXEC, 3);
	if (link->out_fd < 0)
		return; /* no descriptor left: mgm_link_tick() sends what is waiting */
	if (link->core->iobroker_register_out(iobs(link), link->out_fd, link, on_writable) != 0) {
		close(link->out_fd);
		link->out_fd = -1;
		mgm_link_kill(link, "the core does not watch its socket");
	}
}

/* One go at the socket. @return bytes that it took, 0 if none; kills the link on an error */
static size_t push(struct mgm_link *link, struct iovec *parts, size_t count)
{
	const struct msghdr message = { .msg_iov = parts, .msg_iovlen = count };
	ssize_t sent;

	do
		sent = sendmsg(link->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0) {
		link->sent_ms = mgm_steady_ms(link->clock);
		return (size_t)sent;
	}
	if (errno == EPIPE || errno == ECONNRESET)
		mgm_link_kill(link, "it closed the connection");
	else if (errno != EAGAIN && errno != EWOULDBLOCK)
		mgm_link_kill(link, "sending failed: %s", strerror(errno));
	return 0;
}

/* Of the backlog what the socket takes in one go. */
static void push_backlog(struct mgm_link *link)
{
	struct iovec parts[FLUSH_PARTS];

	if (link->out.size > 0)
		mgm_chain_consume(&link->out, push(link, parts, mgm_chain_parts(&link->out, parts, FLUSH_PARTS)));
}

void mgm_link_flush(struct mgm_link *link)
{
	if (link->dead || link->fd < 0)
		return;
	push_backlog(link);
	if (link->out.size > 0)
		start_output_watch(link);
	else
		mgm_link_stop_output_watch(link);
}

bool mgm_link_send(struct mgm_link *link, const uint8_t *frame, size_t size)
{
	struct iovec whole = { .iov_base = (void *)frame, .iov_len = size };
	size_t sent = 0;

	if (link->state == MGM_LINK_DOWN || link->dead)
		return false;
	if (link->out.size == 0)
		sent = push(link, &whole, 1);
	if (!link->dead && sent < size && mgm_link_queue(link, frame + sent, size - sent))
		start_output_watch(link);
	return !link->dead;
}

bool mgm_link_queue(struct mgm_link *link, const uint8_t *frame, size_t size)
{
	if (link->state == MGM_LINK_DOWN || link->dead)
		return false;
	if (size > link->out.limit - link->out.size)
		mgm_link_kill(link, "it does not read, %zu bytes are waiting", link->out.size);
	else if (!mgm_chain_append(&link->out, frame, size))
		mgm_link_kill(link, "there is no memory for what it has not read");
	return !link->dead;
}

bool mgm_link_writable(const struct mgm_link *link)
{
	return link->state == MGM_LINK_UP && !link->dead && link->out.size < MGM_LINK_BACKLOG;
}

bool mgm_link_unread(const struct mgm_link *link)
{
	int bytes = 0;

	return link->out.size > 0 || ioctl(link->fd, SIOCOUTQ, &bytes) != 0 || bytes > 0;
}

/* Bytes of ours are on their way until the peer has read them or has gone. */
void mgm_link_linger(struct mgm_link *link)
{
	int64_t deadline = mgm_steady_ms(&mgm_system_clock) + link->linger_ms;
	bool ended = false;
	uint8_t waste[4096];

	while (!link->dead && link->state == MGM_LINK_UP) {
		struct pollfd peer = { .fd = link->fd, .events = POLLIN };
		int64_t left = deadline - mgm_steady_ms(&mgm_system_clock);

		push_backlog(link);
		if (link->out.size > 0)
			peer.events |= POLLOUT;
		else if (!ended)
			ended = shutdown(link->fd, SHUT_WR) == 0;
		if (left <= 0 || (ended && !mgm_link_unread(link)) || poll(&peer, 1, (int)left) <= 0)
			return;
		if ((peer.revents & POLLIN) != 0 && recv(link->fd, waste, sizeof(waste), MSG_DONTWAIT) <= 0)
			return;
	}
}

void mgm_link_close_fds(struct mgm_link *link)
{
	mgm_timer_stop(&link->resume);
	mgm_link_stop_output_watch(link);
	if (link->fd >= 0) {
		if (link->registered && iobs(link) != NULL)
			link->core->iobroker_unregister(iobs(link), link->fd);
		/* A forked child may still hold the descriptor: end the conversation, not just our number for it. */
		shutdown(link->fd, SHUT_RDWR);
		close(link->fd);
	}
	link->fd = -1;
	link->registered = false;
	link->detached = false;
	mgm_buffer_clear(&link->in);
	mgm_chain_clear(&link->out);
}

void mgm_link_take_down(struct mgm_link *link)
{
	if (link->busy || link->state == MGM_LINK_DOWN)
		return;
	mgm_link_close_fds(link);
	link->state = MGM_LINK_DOWN;
	link->dead = false;
	link->events->down(link->arg, link->why);
}

void mgm_link_forget(struct mgm_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	if (link->out_fd >= 0)
		close(link->out_fd);
	link->fd = -1;
	link->out_fd = -1;
	link->state = MGM_LINK_DOWN;
}
