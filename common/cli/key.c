/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See key.h. */
#include "cli/key.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "util/buf.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define ID_SHOWN 64 /* bytes of an ID that a message shows */

extern char **environ;

/* One row a type: what its third field is called, NULL for none. */
static const struct type {
	const char *name;
	const char *field;
	bool may_be_empty;
	bool is_secret;
} types[] = {
	[KEY_STRING] = { "key", "KEY_STRING", true, true },
	[KEY_FILE] = { "file", "FILENAME", false, false },
	[KEY_CLEVIS] = { "clevis", NULL, true, false },
	[KEY_FD] = { "fd", "N", false, false },
	[KEY_COMMAND] = { "command", "COMMAND", false, true },
};

/* ---- the selector */

/* Whoever forgets the ID has a password in its place: only what looks like an ID is shown. */
static bool looks_like_id(const char *s, size_t n)
{
	if (n > ID_SHOWN)
		return false;
	if ((n == 3 && !strncmp(s, "all", 3)) || !strncmp(s, "/dev/", 5))
		return true;
	return n >= 32 && strspn(s, "0123456789abcdefABCDEF-") >= n;
}

static int bad_selector(const char *selector, const char *why, struct err *e)
{
	size_t n = strcspn(selector, ":");

	if (looks_like_id(selector, n))
		return err_set(e, EINVAL, "selector '%.*s%s' of --key: %s", (int)n, selector,
			       selector[n] ? ":..." : "", why);
	return err_set(e, EINVAL, "selector of --key: %s", why);
}

static int find_type(const char *s, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strlen(types[i].name) == n && !strncmp(types[i].name, s, n))
			return (int)i;
	return -1;
}

/* A number of an open descriptor, or -1. */
static int parse_fd(const char *s)
{
	size_t n = strspn(s, "0123456789");
	int fd;

	if (!n || n > 9 || s[n])
		return -1;
	fd = (int)strtol(s, NULL, 10);
	return fcntl(fd, F_GETFD) < 0 ? -1 : fd;
}

/* The third field, if the type has one. */
static int take_field(const char *selector, char *rest, struct key *k, struct err *e)
{
	const struct type *t = &types[k->type];
	CLEANUP(free) char *missing = xasprintf("missing %s", t->field ? t->field : "");

	if (!t->field)
		return rest ? bad_selector(selector, "too many fields", e) : 0;
	if (!rest || (!*rest && !t->may_be_empty))
		return bad_selector(selector, missing, e);
	if (k->type == KEY_FD) {
		k->fd = parse_fd(rest);
		return k->fd < 0 ? bad_selector(selector, "N is not an open descriptor", e) : 0;
	}
	if (k->type != KEY_STRING) {
		k->from = xstrdup(rest);
		return 0;
	}
	if (strlen(rest) > KEY_MAX)
		return bad_selector(selector, "the key is too long", e);
	secret_add(&k->bytes, rest, strlen(rest));
	k->is_read = true;
	memset(rest, 'x', strlen(rest));
	return 0;
}

int key_parse(char *selector, struct key *ret, struct err *e)
{
	size_t id = strcspn(selector, ":");
	char *type = selector[id] ? selector + id + 1 : NULL;
	size_t n = type ? strcspn(type, ":") : 0;
	struct key k = { .fd = -1, .bytes = SECRET_INIT };
	int i;

	if (!id)
		return bad_selector(selector, "missing ID", e);
	if (!n)
		return bad_selector(selector, "missing TYPE", e);
	i = find_type(type, n);
	if (i < 0)
		return bad_selector(selector,
				    "invalid TYPE: it is key, file, fd, command or clevis", e);
	k.type = (enum key_type)i;
	if (take_field(selector, type[n] ? type + n + 1 : NULL, &k, e) < 0)
		return -1;
	k.id = xmemdup0(selector, id);
	*ret = k;
	return 0;
}

void key_release(struct key *k)
{
	free(k->id);
	free(k->from);
	secret_release(&k->bytes);
	*k = (struct key){ .fd = -1, .bytes = SECRET_INIT };
}

/* ---- which device it is for */

/* "/dev/vdb3" is "/dev/sdb3", and "/dev/nvme1n1p3" is, too; other names are as they are. */
static char *disk_name(const char *s)
{
	static const char *const letters[] = { "/dev/hd", "/dev/vd", "/dev/xvd" };
	unsigned disk;
	int at = 0;

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++)
		if (!strncmp(s, letters[i], strlen(letters[i])) && islower(s[strlen(letters[i])]))
			return xasprintf("/dev/sd%s", s + strlen(letters[i]));
	if ((sscanf(s, "/dev/nvme%3un1%n", &disk, &at) == 1 && at) ||
	    (sscanf(s, "/dev/mmcblk%3u%n", &disk, &at) == 1 && at))
		if (disk < 26 && (!s[at] || (s[at] == 'p' && isdigit((unsigned char)s[at + 1]))))
			return xasprintf("/dev/sd%c%s", (char)('a' + disk), s + at + (s[at] == 'p'));
	return xstrdup(s);
}

/* Device mapper's "/dev/mapper/my--vg-root" is "/dev/my-vg/root"; NULL where it is no volume. */
static char *volume_name(const char *s)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	bool split = false;

	if (strncmp(s, "/dev/mapper/", 12) != 0)
		return NULL;
	buf_addstr(&b, "/dev/");
	for (s += 12; *s; s++) {
		if (s[0] == '-' && s[1] == '-') {
			buf_addch(&b, *s++);
		} else if (s[0] == '-' && !split) {
			buf_addch(&b, '/');
			split = true;
		} else {
			buf_addch(&b, *s);
		}
	}
	return split ? buf_take(&b) : NULL;
}

static bool is_same_uuid(const char *id, const char *uuid)
{
	static const char *const prefixes[] = { "", "UUID=", "/dev/disk/by-uuid/" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (!strncmp(id, prefixes[i], strlen(prefixes[i])) &&
		    !strcasecmp(id + strlen(prefixes[i]), uuid))
			return *uuid != '\0';
	return false;
}

bool key_is_for(const struct key *k, const wire_crypt *d)
{
	if (!strcmp(k->id, "all") || !strcmp(k->id, d->device) || is_same_uuid(k->id, d->uuid))
		return true;
	CLEANUP(free) char *disk = disk_name(k->id);
	CLEANUP(free) char *volume = volume_name(k->id);
	return !strcmp(disk, d->device) || (volume && !strcmp(volume, d->device));
}

/* ---- its bytes */

/* Reads to the end of fd; name is for messages. */
static int read_fd(int fd, const char *name, struct secret *ret, struct err *e)
{
	for (;;) {
		ssize_t n = read(fd, secret_room(ret, 4096), 4096);

		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR && !interrupt_caught())
			continue;
		if (n < 0)
			return err_sys(e, "cannot read the key from %s", name);
		ret->len += (size_t)n;
		if (ret->len > KEY_MAX)
			return err_set(e, EFBIG, "the key from %s is longer than %zu bytes", name,
				       KEY_MAX);
	}
}

static int read_file(const struct key *k, struct secret *ret, struct err *e)
{
	CLEANUP(free) char *name = xasprintf("'%s'", k->from);
	CLEANUP(fd_close) int fd = open(k->from, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return err_sys(e, "cannot read the key from %s", name);
	return read_fd(fd, name, ret, e);
}

/* Starts /bin/sh -c COMMAND with its standard output at *ret_fd. */
static int start_command(const struct key *k, pid_t *ret_pid, int *ret_fd, struct err *e)
{
	char sh[] = "sh", c[] = "-c";
	char *const argv[] = { sh, c, k->from, NULL };
	posix_spawn_file_actions_t fa;
	int ends[2], no;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_adddup2(&fa, ends[1], STDOUT_FILENO);
	no = posix_spawn(ret_pid, "/bin/sh", &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	close(ends[1]);
	*ret_fd = ends[0];
	if (!no)
		return 0;
	close(ends[0]);
	errno = no;
	return err_sys(e, "cannot run the command of --key %s:command", k->id);
}

/* What the command prints is the key, if it ends well. */
static int read_command(const struct key *k, struct secret *ret, struct err *e)
{
	CLEANUP(free) char *name = xasprintf("the command of --key %s:command", k->id);
	int fd = -1, status, rc;
	pid_t pid;

	if (start_command(k, &pid, &fd, e) < 0)
		return -1;
	rc = read_fd(fd, name, ret, e);
	fd_close(fd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, "waitpid");
	if (rc < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
		return rc;
	if (WIFEXITED(status))
		return err_set(e, EIO, "%s ended with status %d", name, WEXITSTATUS(status));
	return err_set(e, EIO, "%s was killed by signal %d", name, WTERMSIG(status));
}

int key_read(struct key *k, struct err *e)
{
	CLEANUP(secret_release) struct secret got = SECRET_INIT;
	int rc = 0;

	if (k->is_read)
		return 0;
	if (k->type == KEY_CLEVIS)
		return err_set(e, ENOTSUP,
			       "--key %s:clevis: clevis asks a server, and the appliance has no "
			       "network; give the key of another slot, with %s:file:PATH for one",
			       k->id, k->id);
	if (k->type == KEY_FILE)
		rc = read_file(k, &got, e);
	else if (k->type == KEY_COMMAND)
		rc = read_command(k, &got, e);
	else
		rc = read_fd(k->fd, "its descriptor", &got, e);
	if (rc < 0)
		return -1;
	k->bytes = got;
	got = (struct secret)SECRET_INIT;
	k->is_read = true;
	return 0;
}

bool key_form(const struct key *k, size_t i, size_t *ret_len)
{
	size_t n = k->bytes.len;
	bool newline = k->type != KEY_STRING && n && k->bytes.data[n - 1] == '\n';

	/* Of what a program printed the newline is hardly ever meant. */
	bool cut = k->type == KEY_COMMAND ? i == 0 : i == 1;
	if (i >= (newline ? KEY_FORMS : 1))
		return false;
	*ret_len = newline && cut ? n - 1 : n;
	return true;
}

char *key_words(const struct key *k)
{
	const struct type *t = &types[k->type];

	if (k->type == KEY_FD)
		return xasprintf("%s:fd:%d", k->id, k->fd);
	if (!t->field || t->is_secret)
		return xasprintf("%s:%s", k->id, t->name);
	return xasprintf("%s:%s:%s", k->id, t->name, k->from);
}
