/* SPDX-License-Identifier: GPL-2.0-or-later */
/** Where the socket is looked for, what another user can do about it, and how a connection comes about or not. */
#include "link/endpoint.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "link/kept.h"
#include "tap.h"

#define PATH_BYTES 256

static char folder[64], path[MGM_ENDPOINT_BYTES], why[300];
static const char *parents[3];
static pid_t pid = 42;

static bool own(void)
{
	why[0] = '\0';
	return mgm_endpoint_own(parents, pid, path, why, sizeof(why));
}

/* As a core that was just started. */
static bool own_first(void)
{
	pid++;
	path[0] = '\0';
	return own();
}

/* The folder of `path`; static buffer. */
static const char *folder_of_path(void)
{
	static char name[MGM_ENDPOINT_BYTES];

	snprintf(name, sizeof(name), "%s", path);
	*strrchr(name, '/') = '\0';
	return name;
}

static bool below(const char *parent)
{
	return strncmp(path, parent, strlen(parent)) == 0 && path[strlen(parent)] == '/';
}

static void test_new(void)
{
	struct stat info;
	char first[MGM_ENDPOINT_BYTES];

	CHECK(own_first() && below(folder) && strstr(path, "/mod_gearman-bridge-") != NULL &&
	          strcmp(strrchr(path, '/'), "/bridge.sock") == 0,
	      "a folder for the socket");
	CHECK(stat(folder_of_path(), &info) == 0 && (info.st_mode & 07777) == 0700, "it is private");
	strcpy(first, path);
	CHECK(own() && strcmp(path, first) == 0, "it stays");
	mgm_endpoint_remove(path);
	CHECK(stat(folder_of_path(), &info) != 0, "it is removed at the end");
	CHECK(own_first() && strcmp(path, first) != 0, "the next core gets another name");
	mgm_endpoint_remove(path);
}

static void test_reload(void)
{
	char first[MGM_ENDPOINT_BYTES];

	own_first();
	strcpy(first, path);
	path[0] = '\0';
	CHECK(mgm_endpoint_is_kept(pid) && own() && strcmp(path, first) == 0, "after a reload the same socket is found");
	rmdir(folder_of_path());
	path[0] = '\0';
	CHECK(own() && strcmp(path, first) == 0 && access(folder_of_path(), F_OK) == 0,
	      "also when a cleaner has removed the folder");
	path[0] = '\0';
	pid++;
	CHECK(!mgm_endpoint_is_kept(pid) && own() && strcmp(path, first) != 0,
	      "a process that was forked from this one does not take its socket");
	mgm_endpoint_remove(path);
	mgm_endpoint_remove(first);
}

/* Another user makes what the former versions used, before the core starts, and takes a place that became free. */
static void test_squat(void)
{
	char squat[PATH_BYTES], first[MGM_ENDPOINT_BYTES];

	snprintf(squat, sizeof(squat), "%s/mod_gearman-%ld", folder, (long)geteuid());
	mkdir(squat, 0777);
	if (geteuid() == 0 && chown(squat, 65534, 65534) != 0)
		CHECK(false, "chown");
	CHECK(own_first() && below(folder), "tmp-squat: a folder of another user is not in the way");
	strcpy(first, path);
	rmdir(folder_of_path());
	close(open(folder_of_path(), O_CREAT | O_WRONLY, 0600));
	CHECK(own() && strcmp(path, first) != 0, "tmp-squat: a file in the place of the folder gets no socket");
	mgm_endpoint_remove(path);
	strcpy(path, first);
	unlink(folder_of_path());
	if (symlink(squat, folder_of_path()) != 0)
		CHECK(false, "symlink");
	CHECK(own() && strcmp(path, first) != 0, "tmp-squat: nor does a link");
	mgm_endpoint_remove(path);
	strcpy(path, first);
	unlink(folder_of_path());
	mkdir(folder_of_path(), 0755);
	CHECK(own() && strcmp(path, first) != 0, "tmp-squat: nor does a folder that others can look into");
	mgm_endpoint_remove(path);
	strcpy(path, first);
	rmdir(folder_of_path());
	rmdir(squat);
}

static void test_parents(void)
{
	char open_to_all[PATH_BYTES], sticky[PATH_BYTES], longer[PATH_BYTES];

	snprintf(open_to_all, sizeof(open_to_all), "%s/open", folder);
	snprintf(sticky, sizeof(sticky), "%s/sticky", folder);
	snprintf(longer, sizeof(longer), "%s/%0100d", folder, 0);
	mkdir(open_to_all, 0700);
	chmod(open_to_all, 0777);
	mkdir(sticky, 0700);
	chmod(sticky, 01777);
	parents[0] = "/does/not/exist";
	parents[1] = sticky;
	CHECK(own_first() && below(sticky), "the next parent where the first cannot be used; one like /tmp will do");
	mgm_endpoint_remove(path);
	parents[0] = open_to_all;
	CHECK(own_first() && below(sticky), "not one in which others could rename the folder");
	mgm_endpoint_remove(path);
	mkdir(longer, 0700);
	parents[0] = longer;
	CHECK(own_first() && below(sticky), "nor one with a name too long for a socket");
	mgm_endpoint_remove(path);
	rmdir(longer);
	parents[1] = NULL;
	parents[0] = "/does/not/exist";
	CHECK(!own_first() && path[0] == '\0' && strstr(why, "/does/not/exist") != NULL, "none: %s", why);
	parents[0] = open_to_all;
	CHECK(!own(), "still none");
	chmod(open_to_all, 0755);
	CHECK(own() && below(open_to_all), "until it is mended");
	mgm_endpoint_remove(path);
	chmod(open_to_all, 02755);
	CHECK(own_first() && below(open_to_all), "a parent that hands its group down will do");
	mgm_endpoint_remove(path);
	rmdir(open_to_all);
	rmdir(sticky);
	parents[0] = folder;
}

static void test_environment(void)
{
	char runtime[PATH_BYTES], list[2 * PATH_BYTES];

	snprintf(runtime, sizeof(runtime), "%s/runtime", folder);
	mkdir(runtime, 0755);
	setenv("TMPDIR", folder, 1);
	pid++;
	path[0] = '\0';
	CHECK(mgm_endpoint_own(NULL, pid, path, why, sizeof(why)) && below(folder), "TMPDIR comes first");
	mgm_endpoint_remove(path);
	setenv("TMPDIR", "relative", 1);
	snprintf(list, sizeof(list), "%s:/elsewhere", runtime);
	setenv("RUNTIME_DIRECTORY", list, 1);
	pid++;
	path[0] = '\0';
	CHECK(mgm_endpoint_own(NULL, pid, path, why, sizeof(why)) && below(runtime),
	      "then the runtime folder of the core's service; a relative name is passed over");
	mgm_endpoint_remove(path);
	unsetenv("TMPDIR");
	unsetenv("RUNTIME_DIRECTORY");
	rmdir(runtime);
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
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), fd = -1, full[64], count = 0;
	enum mgm_connect_rc rc;

	own_first();
	CHECK(mgm_endpoint_connect(path, &fd, why, sizeof(why)) == MGM_CONNECT_ABSENT, "no socket: absent");
	strcpy(address.sun_path, path);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0)
		CHECK(false, "bind");
	CHECK(mgm_endpoint_connect(path, &fd, why, sizeof(why)) == MGM_CONNECT_ABSENT && strstr(why, path) != NULL,
	      "no listener: absent");
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
	mgm_endpoint_remove(path);
}

/* The listener must be this user or root. The test needs root to become another user. */
static void test_stranger(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener, fd = -1;

	if (geteuid() != 0) {
		CHECK(true, "not root: no stranger to be had");
		return;
	}
	own_first();
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(address.sun_path, path);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || seteuid(65534) != 0 ||
	    listen(listener, 1) != 0 || seteuid(0) != 0)
		CHECK(false, "the test could not become another user");
	CHECK(mgm_endpoint_connect(path, &fd, why, sizeof(why)) == MGM_CONNECT_REFUSED && fd == -1 &&
	          strstr(why, "uid 65534") != NULL,
	      "a stranger's bridge is refused");
	close(listener);
	mgm_endpoint_remove(path);
}

static void test_kept(void)
{
	const char *first = mgm_keep("mod_gearman.test", "one");

	CHECK(first != NULL && strcmp(first, "one") == 0 && mgm_keep("mod_gearman.test", "one") == first,
	      "a kept text is one copy, however often it is kept");
	CHECK(strcmp(mgm_kept("mod_gearman.test"), "one") == 0, "and can be read");
	mgm_keep("mod_gearman.test", "two");
	CHECK(strcmp(mgm_kept("mod_gearman.test"), "two") == 0, "another text takes its place");
}

int main(void)
{
	snprintf(folder, sizeof(folder), "/tmp/mgm-endpoint.XXXXXX");
	if (mkdtemp(folder) == NULL)
		return 1;
	parents[0] = folder;
	test_kept();
	test_new();
	test_reload();
	test_squat();
	test_parents();
	test_environment();
	test_given();
	test_connect();
	test_stranger();
	CHECK(rmdir(folder) == 0, "nothing is left behind");
	return tap_done();
}
