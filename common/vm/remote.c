/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See remote.h. The socket on which the daemon offers the disk is made here, in a folder that
 * only we can enter, and its name is gone again before anything is sent: from then on it is
 * reached through a descriptor (O_PATH), so that nothing is left behind however we end.
 */
#include "vm/remote.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>
#include <libnbd.h>

#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"
#include "vm/birth.h"
#include "vm/qmp.h"
#include "vm/sandbox.h"
#include "vm/vm.h"

#define LIBRARY	       "libnbd.so.0"
#define DAEMON	       "qemu-storage-daemon"
#define NODE	       "remote"
#define FORMAT	       "format"
#define QMP_TIMEOUT_MS 300000 /* a server that does not answer is given up by TCP before */
#define WORDS_MAX      400
#define QUIT_TENTHS    100
#define BLOCK	       4096u /* bytes: no server wants larger ones */

/* The library's functions that are used, without their nbd_. It is loaded for remote disks only. */
#define FUNCTIONS(F)                                                                           \
	F(create) F(close) F(set_export_name) F(connect_socket) F(get_size) F(pread) F(get_error)

struct nbd {
#define F(name) __typeof__(nbd_##name) *name;
	FUNCTIONS(F)
#undef F
};

struct remote {
	pid_t pid;
	struct qmp qmp;
	int words; /* what it complains of */
	int place; /* O_PATH: the socket that it listens on */
	struct nbd lib;
	struct nbd_handle *nbd; /* our own connection */
	uint64_t size;
	bool grows;
	bool format; /* it has more than the disk open: it ends by itself */
};

static int load(struct nbd *lib, struct err *e)
{
	void *so = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
	bool whole = so != NULL;

#define F(name)                                                              \
	whole = whole && (*(void **)&lib->name = dlsym(so, "nbd_" #name));
	FUNCTIONS(F)
#undef F
	return whole ? 0
		     : err_set(e, ENOSYS, "remote disks need libnbd (Debian: libnbd0): %s",
			       so ? "it is too old" : dlerror());
}

/* A socket that listens, whose name in the file system is gone; *ret_place reaches it. */
static int listen_nameless(int *ret_place, struct err *e)
{
	const char *top = getenv("XDG_RUNTIME_DIR");
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	CLEANUP(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CLEANUP(free) char *dir = NULL;
	int r = -1;

	if (!top || *top != '/' || strlen(top) > 60 || access(top, W_OK) < 0)
		top = "/tmp";
	dir = xasprintf("%s/guestutils-XXXXXX", top);
	if (fd < 0 || !mkdtemp(dir))
		return err_sys(e, "cannot make a folder in '%s'", top);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s/s", dir);
	if (bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0) {
		*ret_place = open(a.sun_path, O_PATH | O_CLOEXEC);
		r = *ret_place < 0 || listen(fd, 8) < 0 ? -1 : 0;
		if (r < 0)
			err_sys(e, "cannot listen on '%s'", a.sun_path);
		unlink(a.sun_path);
	} else {
		err_sys(e, "cannot make '%s'", a.sun_path);
	}
	rmdir(dir);
	return r < 0 ? -1 : TAKE_FD(fd);
}

/* Where its program is. */
static char *find_daemon(struct err *e)
{
	CLEANUP(free) char *path = program_find(DAEMON);

	if (!path)
		err_set(e, ENOENT, "cannot find '%s' in PATH; install it (Debian: qemu-system-common)",
			DAEMON);
	return TAKE(path);
}

/* It may read what names servers, what proves who they are and who we are; nothing else. */
static int make_ruleset(const char *program)
{
	static const char *const shared[] = { "/etc", "/run/systemd/resolve", "/run/resolvconf" };
	static const char *const own[] = { ".ssh", ".ceph" };
	const char *home = getenv("HOME");
	struct err ignored;
	CLEANUP(fd_close) int rs = sandbox_ruleset(program, false, &ignored);

	for (size_t i = 0; rs >= 0 && i < ARRAY_SIZE(shared); i++)
		if (sandbox_allow_folder(rs, shared[i], &ignored) < 0)
			return -1;
	for (size_t i = 0; rs >= 0 && home && *home == '/' && i < ARRAY_SIZE(own); i++) {
		CLEANUP(free) char *path = xasprintf("%s/%s", home, own[i]);

		if (sandbox_allow_folder(rs, path, &ignored) < 0)
			return -1;
	}
	return TAKE_FD(rs);
}

static int start(struct remote *r, struct err *e)
{
	CLEANUP(strvec_release) struct strvec argv = STRVEC_INIT;
	CLEANUP(birth_fds_release) struct birth_fds fds = { NULL, 0 };
	CLEANUP(free) char *program = find_daemon(e);
	CLEANUP(fd_close) int server = program ? listen_nameless(&r->place, e) : -1;
	CLEANUP(fd_close) int monitor = -1;
	CLEANUP(fd_close) int out = -1;
	CLEANUP(fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	CLEANUP(fd_close) int ruleset = -1;
	int sv[2], words[2];

	if (server < 0)
		return -1;
	if (null < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return err_sys(e, "socketpair");
	r->qmp.fd = sv[0];
	monitor = sv[1];
	if (pipe2(words, O_CLOEXEC | O_NONBLOCK) < 0)
		return err_sys(e, "pipe");
	r->words = words[0];
	out = words[1];
	ruleset = make_ruleset(program);
	strvec_add(&argv, program);
	strvec_add(&argv, "--chardev");
	strvec_addf(&argv, "socket,id=monitor,fd=%d", monitor);
	strvec_add(&argv, "--monitor");
	strvec_add(&argv, "chardev=monitor");
	strvec_add(&argv, "--nbd-server");
	strvec_addf(&argv, "addr.type=fd,addr.str=%d", server);
	birth_keep(&fds, monitor);
	birth_keep(&fds, server);
	r->pid = birth(&(struct birth){ .program = program,
					.argv = argv.v,
					.fds = &fds,
					.out = out,
					.null = null,
					.ruleset = ruleset },
		       e);
	return r->pid ? 0 : -1;
}

/* The last line of what it complained of, if it did. */
static void add_words(const struct remote *r, struct err *e)
{
	char b[WORDS_MAX + 1];
	ssize_t n = read(r->words, b, WORDS_MAX);

	if (n <= 0)
		return;
	b[n] = '\0';
	b[strcspn(b, "\r\n")] = '\0';
	err_hint(e, "%s", b);
}

/* Sends a command and takes the arguments over; waits for its answer. */
static int command(struct remote *r, const char *name, json_t *arguments, struct err *e)
{
	json_t *c = json_object();
	char *text;
	int rc;

	json_object_set_new(c, "execute", json_string(name));
	if (arguments)
		json_object_set_new(c, "arguments", arguments);
	text = json_dumps(c, JSON_COMPACT);
	json_decref(c);
	if (!text)
		return err_set(e, EINVAL, "what is to be said is not UTF-8");
	rc = qmp_send(&r->qmp, text, -1, e) < 0 || qmp_settle(&r->qmp, QMP_TIMEOUT_MS, e) < 0 ? -1 : 0;
	/* The secret may be in it. */
	explicit_bzero(text, strlen(text));
	free(text);
	return rc;
}

static int export_node(struct remote *r, const char *node, bool write, struct err *e)
{
	return command(r, "block-export-add",
		       json_pack("{s:s,s:s,s:s,s:s,s:b}", "type", "nbd", "id", "export", "node-name",
				 node, "name", REMOTE_EXPORT, "writable", write),
		       e);
}

/* Makes it open the disk, and offer it. */
static int offer(struct remote *r, const struct remote_spec *s, bool write, struct err *e)
{
	CLEANUP(free) char *node = remote_spec_node(s, NODE, write, e);

	if (!node || command(r, "qmp_capabilities", NULL, e) < 0)
		return -1;
	if (s->secret && command(r, "object-add",
				 json_pack("{s:s,s:s,s:s}", "qom-type", "secret", "id", "secret",
					   "data", s->secret),
				 e) < 0)
		return -1;
	if (command(r, "blockdev-add", json_loads(node, 0, NULL), e) < 0)
		return strcasestr(e->msg, "unknown driver") || strstr(e->msg, "does not accept value")
			       ? err_hint(e, "install qemu-block-extra, which has it")
			       : -1;
	return export_node(r, NODE, write, e);
}

int remote_take_format(struct remote *r, const char *format, bool *ret_taken, struct err *e)
{
	json_t *node;

	*ret_taken = r->grows && strcmp(format, "raw") != 0;
	if (!*ret_taken)
		return 0;
	r->lib.close(r->nbd);
	r->nbd = NULL;
	node = json_pack("{s:s,s:s,s:s,s:b}", "driver", format, "node-name", FORMAT, "file", NODE,
			 "read-only", false);
	if (!strcmp(format, "qcow2") || !strcmp(format, "qed"))
		json_object_set_new(node, "backing", json_null());
	if (command(r, "block-export-del", json_pack("{s:s,s:s}", "id", "export", "mode", "hard"), e) < 0 ||
	    command(r, "blockdev-add", node, e) < 0)
		return -1;
	r->format = true;
	return export_node(r, FORMAT, true, e);
}

int remote_connect(const struct remote *r, struct err *e)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	CLEANUP(fd_close) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "/proc/self/fd/%d", r->place);
	if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof(a)) < 0)
		return err_sys(e, "cannot reach " DAEMON);
	return TAKE_FD(fd);
}

/* Our own connection, for headers. */
static int look(struct remote *r, struct err *e)
{
	CLEANUP(fd_close) int fd = remote_connect(r, e);
	int64_t size;

	if (fd < 0)
		return -1;
	r->nbd = r->lib.create();
	if (!r->nbd || r->lib.set_export_name(r->nbd, REMOTE_EXPORT) < 0 ||
	    r->lib.connect_socket(r->nbd, TAKE_FD(fd)) < 0 || (size = r->lib.get_size(r->nbd)) < 0)
		return err_set(e, EIO, "%s", r->lib.get_error());
	r->size = (uint64_t)size;
	return size ? 0 : err_set(e, EINVAL, "it is empty: not a disk image");
}

struct remote *remote_open(const struct remote_spec *s, bool write, struct err *e)
{
	CLEANUP(remote_close) struct remote *r = xcalloc(1, sizeof(*r));
	CLEANUP(free) char *shown = remote_spec_shown(s);

	r->qmp.fd = r->words = r->place = -1;
	r->grows = remote_grows(s->protocol);
	if (load(&r->lib, e) == 0 && start(r, e) == 0) {
		if (offer(r, s, write, e) == 0 && look(r, e) == 0)
			return TAKE(r);
		add_words(r, e);
	}
	if (!strncmp(e->msg, "qemu: ", 6))
		memmove(e->msg, e->msg + 6, strlen(e->msg + 6) + 1);
	err_ctx(e, "cannot open '%s'", shown);
	return NULL;
}

uint64_t remote_size(const struct remote *r)
{
	return r->size;
}

/* Servers may want whole blocks: what is asked for lies somewhere in some of them. */
int remote_pread(const struct remote *r, void *p, size_t n, uint64_t off)
{
	const uint64_t from = off / BLOCK * BLOCK;
	uint64_t to = (off + n + BLOCK - 1) / BLOCK * BLOCK;

	if (to > r->size)
		to = r->size;
	CLEANUP(free) uint8_t *b = xmalloc((size_t)(to - from));
	if (off + n > to || r->lib.pread(r->nbd, b, (size_t)(to - from), from, 0) < 0) {
		errno = EIO;
		return -1;
	}
	memcpy(p, b + (off - from), n);
	return 0;
}

/* Waits for its end if it was told to, and kills it else. */
static void end(struct remote *r)
{
	for (int i = 0; r->format && i < QUIT_TENTHS; i++) {
		if (waitpid(r->pid, NULL, WNOHANG) == r->pid)
			return;
		poll(NULL, 0, 100);
	}
	kill(r->pid, SIGKILL);
	while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void remote_close(struct remote *r)
{
	if (!r)
		return;
	if (r->nbd)
		r->lib.close(r->nbd);
	if (r->pid && r->format)
		(void)command(r, "quit", NULL, &(struct err)ERR_INIT);
	if (r->pid)
		end(r);
	fd_close(r->qmp.fd);
	qmp_release(&r->qmp);
	fd_close(r->words);
	fd_close(r->place);
	free(r);
}
