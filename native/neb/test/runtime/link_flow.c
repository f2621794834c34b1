/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The link under load: backlog, budget and pauses, the end. */
#include <fcntl.h>
#include <sys/wait.h>

#include "link_rig.h"

static void test_backlog(void)
{
	static uint8_t chunk[65536];
	uint64_t sent = 0, got = 0;
	ssize_t n;

	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	writables = 0;
	while (mgm_link_writable(L) && mgm_link_send(L, chunk, sizeof(chunk)))
		sent += sizeof(chunk);
	CHECK(L->out.size >= MGM_LINK_BACKLOG && L->out_fd >= 0 && fake.io_registered == 2,
	      "a backlog is watched on a descriptor of its own");
	CHECK((fcntl(L->out_fd, F_GETFD) & FD_CLOEXEC) != 0, "close-on-exec");
	while (got < sent) {
		while ((n = recv(peer, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
			got += (uint64_t)n;
		fake_io();
	}
	CHECK(got == sent && L->out.size == 0 && L->out_fd == -1 && fake.io_registered == 1 && writables == 1,
	      "drained: all bytes there, no watch left, reported once");
	while (mgm_link_send(L, chunk, sizeof(chunk)))
		;
	CHECK(L->dead && downs == 0 && L->out.size <= MGM_LINK_MAX_UNSENT, "beyond its bound it counts as dead");
	mgm_link_tick(L);
	CHECK(downs == 1 && L->out.size == 0, "and is taken down at the next tick");
	stop();
}

/* A socket that takes everything must not keep the core for long. */
static void test_flush(void)
{
	static uint8_t chunk[65536];
	const int size = 1 << 22;
	size_t queued = 0, got = 0, left;
	ssize_t n;

	start(MGM_NAEMON);
	setsockopt(L->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	tell_welcome(1, 5000);
	fake_io();
	for (; mgm_link_writable(L); queued += sizeof(chunk))
		mgm_link_queue(L, chunk, sizeof(chunk));
	mgm_link_flush(L);
	CHECK(queued - L->out.size <= MGM_LINK_FLUSH && L->out.size < queued && L->out_fd >= 0,
	      "one go writes a part of a backlog");
	for (int turns = 0; turns < 1000 && got < queued; turns++) {
		left = L->out.size;
		fake_io();
		CHECK(left - L->out.size <= MGM_LINK_FLUSH, "so does each further one");
		while ((n = recv(peer, chunk, sizeof(chunk), MSG_DONTWAIT)) > 0)
			got += (size_t)n;
	}
	CHECK(got == queued && L->out.size == 0 && L->out_fd < 0, "until all of it is there");
	stop();
}

static void take_time(const struct mgm_message *message)
{
	(void)message;
	fake.now_us += 150;
}

static void test_fairness(void)
{
	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	tell_many(450);
	fake_io();
	CHECK(messages < 201 && messages > 100 && fake.io_registered == 0 && fake.timer_count == 1,
	      "Naemon: after the budget out of the set, a timed event comes back");
	CHECK(fake_io() == 0, "Naemon: not called meanwhile");
	fake_time(0);
	CHECK(messages > 200 && messages < 450 && fake.timer_count == 1, "Naemon: goes on with what is buffered");
	fake_time(0);
	fake_time(0);
	CHECK(messages == 450 && fake.io_registered == 1 && fake.timer_count == 0, "Naemon: all of it, back in the set");
	messages = 0;
	fake.now_us += 1000000;
	mgm_link_tick(L);
	on_each = take_time;
	tell_many(20);
	fake_io();
	CHECK(messages == 5 && fake.timer_count == 1, "Naemon: 0.7 ms are a budget too");
	on_each = NULL;
	mgm_link_drain(L);
	CHECK(messages == 20, "a drain takes all");
	mgm_link_bye(L, MGM_BYE_SHUTDOWN, true);
	CHECK(fake.timer_count == 0 && downs == 1, "the end of a paused link leaves no timer behind");
	stop();
	start(MGM_NAGIOS);
	tell_welcome(1, 5000);
	fake_io();
	tell_many(450);
	while (fake_io() > 0)
		CHECK(L->in.size < 18, "Nagios: nothing whole is left in the buffer");
	CHECK(messages == 450 && fake.timer_count == 0 && fake.io_registered == 1, "Nagios: never leaves the set");
	stop();
}

/* Start of a LOG message whose text is still to come. */
static void tell_part(uint8_t size)
{
	const uint8_t start_of_log[] = { 0, 0, size, 6, MGM_MSG_LOG, 0, 0, 0, 0, MGM_ID_TEXT, 0, 0, size, 0 };

	send(peer, start_of_log, sizeof(start_of_log), 0);
}

/* Many small bursts starve Naemon just as well as a big one. */
static void test_steady_trickle(void)
{
	int turns = 0;

	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	while (fake.timer_count == 0 && turns < 1000) {
		tell(MGM_MSG_PONG, 0, 0);
		fake_io();
		turns++;
	}
	CHECK(turns >= 60 && turns <= 200, "Naemon: a trickle gets a pause as well");
	stop();
	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	tell_part(100);
	for (turns = 0; fake.timer_count == 0 && turns < 1000; turns++) {
		send(peer, "x", 1, 0);
		fake_io();
	}
	CHECK(turns >= 60 && turns <= 200, "Naemon: so does one big message in small pieces");
	stop();
}

static void test_stop_early(void)
{
	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	fake.restart = 1;
	tell(MGM_MSG_STATE, MGM_ID_READY, 1);
	fake_io();
	CHECK(messages == 0, "nothing more once the core is ending");
	mgm_link_drain(L);
	CHECK(messages == 1, "until the drain");
	heard();
	mgm_link_bye(L, MGM_BYE_RELOAD, true);
	CHECK(strcmp(heard(), "J") == 0 && strcmp(heard(), "-") == 0 && downs == 1, "BYE, then the end of the stream");
	mgm_link_bye(L, MGM_BYE_RELOAD, true);
	CHECK(downs == 1, "once");
	stop();
}

/* A bridge that is writing, and reads what we sent after that. */
static void bridge_process(size_t wanted)
{
	static uint8_t more[3000000];
	uint8_t byte;
	size_t sent = 0, got = 0;

	fcntl(peer, F_SETFL, 0);
	while (sent < sizeof(more)) {
		ssize_t n = send(peer, more + sent, sizeof(more) - sent, MSG_NOSIGNAL);

		if (n <= 0)
			_exit(1);
		sent += (size_t)n;
	}
	while (recv(peer, &byte, 1, 0) == 1)
		got++;
	_exit(got == wanted ? 0 : 2);
}

static void send_done(struct mgm_frame *frame)
{
	mgm_frame_begin(frame, MGM_MSG_RESULT_DONE);
	mgm_frame_i64(frame, MGM_ID_SEQ, 1);
	mgm_frame_end(frame);
	mgm_link_send(L, frame->data, frame->size);
}

static void test_linger(void)
{
	struct mgm_frame done = { 0 };
	size_t bye_size = MGM_FRAME_HEADER_BYTES + 6 + 4;
	int status;
	pid_t child;

	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	L->linger_ms = 60000; /* ends as soon as everything was read, long before */
	send_done(&done);
	child = fork();
	if (child == 0) {
		close(L->fd);
		bridge_process(done.size + bye_size);
	}
	close(peer);
	peer = -1;
	mgm_link_bye(L, MGM_BYE_RELOAD, true);
	waitpid(child, &status, 0);
	CHECK(status == 0 && downs == 1, "an unread acknowledgement: a bridge that is writing is waited for");
	stop();
	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	L->linger_ms = 60000;
	mgm_link_bye(L, MGM_BYE_RELOAD, true);
	CHECK(downs == 1, "everything was read: no wait, though the bridge does not answer");
	stop();
	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	L->linger_ms = 60000;
	mgm_frame_free(&done);
	send_done(&done);
	mgm_link_bye(L, MGM_BYE_RELOAD, false);
	CHECK(downs == 1, "no acknowledgement among what is unread: no wait");
	stop();
	start(MGM_NAEMON);
	tell_welcome(1, 5000);
	fake_io();
	L->linger_ms = 1;
	mgm_frame_free(&done);
	send_done(&done);
	mgm_link_bye(L, MGM_BYE_RELOAD, true);
	CHECK(downs == 1, "one that does not read is not waited for any longer");
	mgm_frame_free(&done);
	stop();
}

int main(void)
{
	test_backlog();
	test_flush();
	test_fairness();
	test_steady_trickle();
	test_stop_early();
	test_linger();
	return tap_done();
}
