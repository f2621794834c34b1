/* SPDX-License-Identifier: GPL-2.0-or-later */
/** The socket's folder and the ways a connection can come about or not. */
#include "endpoint.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tap.h"

static char folder[64], own[96], path[MGM_ENDPOINT_BYTES], why[300];

static bool make(void)
{
	why[0] = '\0';
	return mgm_endpoint_default(folder, 42, path, why, sizeof(why));
}

static void test_folder(void)
{
	struct stat info;
	char expected[160], elsewhere[128], longer[300];

	snprintf(expected, sizeof(expected), "%s/bridge-42.sock", own);
	CHECK(make() && strcmp(path, expected) == 0, "path of core 42");
	CHECK(stat(own, &info) == 0 && (info.st_mode & 07777) == 0700, "folder is private");
	CHECK(make(), "an existing one is used");
	chmod(own, 0750);
	CHECK(!make() && strstr(why, "mode 0700") != NULL, "not when others may look into it");
	chmod(own, 0700);
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", folder);
	rename(own, elsewhere);
	if (symlink(elsewhere, own) != 0)
		CHECK(false, "symlink");
	CHECK(!make(), "not when it is a link");
	unlink(own);
	close(open(own, O_CREAT | O_WRONLY, 0700));
	CHECK(!make(), "not when it is a file");
	unlink(own);
	rename(elsewhere, own);
	snprintf(longer, sizeof(longer), "%s/%0150d", folder, 0);
	CHECK(!mgm_endpoint_default(longer, 1, path, why, sizeof(why)), "not when the name is too long for a socket");
	if (geteuid() == 0) {
		CHECK(chown(own, 1, 1) == 0 && !make(), "not when it is somebody else's");
		CHECK(chown(own, 0, 0) == 0 && make(), "given back");
	}
}

static void test_given(void)
{
	char longer[200];

	CHECK(mgm_endpoint_given("/run/b.sock", path, why, sizeof(why)) && strcmp(path, "/run/b.sock") == 0, "given path");
	CHECK(!mgm_endpoint_given("b.sock", path, why, sizeof(why)), "must be absolute");
	snprintf(longer, sizeof(longer), "/%0107d", 0);
	CHECK(!mgm_endpoint_given(longer, path, why, sizeof(why)), "108 bytes are too long");
	longer[107] = '\0';
	CHECK(mgm_endpoint_given(longer, path, why, sizeof(why)), "107 are not");
}

static void test_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd = -1, full[64], count = 0;
	enum mgm_connect_rc rc;

	make();
	CHECK(mgm_endpoint_connect(path, &fd, why, sizeof(why)) == MGM_CONNECT_NOBODY, "no socket: nobody");
	strcpy(address.sun_path, path);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0)
		CHECK(false, "bind");
	CHECK(mgm_endpoint_connect(path, &fd, why, sizeof(why)) == MGM_CONNECT_NOBODY && strstr(why, path) != NULL,
	      "nobody listens: nobody");
	listen(listener, 1);
	CHECK(mgm_endpoint_connect(path, &fd, why, sizeof(why)) == MGM_CONNECT_OK, "connected");
	CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0,
	      "close-on-exec and non-blocking");
	full[count++] = fd;
	while ((rc = mgm_endpoint_connect(path, &fd, why, sizeof(why))) == MGM_CONNECT_OK && count < 64)
		full[count++] = fd;
	CHECK(rc == MGM_CONNECT_LATER, "a full queue: later");
	while (count > 0)
		close(full[--count]);
	close(listener);
	unlink(path);
	mkdir(path, 0700);
	CHECK(mgm_endpoint_connect(path, &fd, why, sizeof(why)) != MGM_CONNECT_OK, "something else at that path");
	rmdir(path);
}

/* Whoever listens there must be us or root. Needs to be root to play somebody else. */
static void test_stranger(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listener, fd = -1;

	if (geteuid() != 0) {
		CHECK(true, "not root: no stranger to be had");
		return;
	}
	make();
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(address.sun_path, path);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || seteuid(65534) != 0 ||
	    listen(listener, 1) != 0 || seteuid(0) != 0)
		CHECK(false, "the test could not become somebody else");
	CHECK(mgm_endpoint_connect(path, &fd, why, sizeof(why)) == MGM_CONNECT_REFUSED && fd == -1 &&
	          strstr(why, "uid 65534") != NULL,
	      "a stranger's bridge is refused");
	close(listener);
	unlink(path);
}

int main(void)
{
	snprintf(folder, sizeof(folder), "/tmp/mgm-endpoint.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(own, sizeof(own), "%s/mod_gearman-%ld", folder, (long)geteuid());
	test_folder();
	test_given();
	test_connect();
	test_stranger();
	rmdir(own);
	rmdir(folder);
	return tap_done();
}
