/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See peer.h. */
#include "peer.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"

#define QUIET_MS 10000

/* In the child: descriptor 3 is the channel. */
static void exec_guestd(int fd, const char *tmp, bool ring)
{
	const char *program = getenv("GUESTD");
	char root[80], file[80];

	snprintf(root, sizeof(root), "%s/root", tmp);
	snprintf(file, sizeof(file), "%s/ring", tmp);
	if (fd == 3)
		fcntl(3, F_SETFD, 0);
	else
		dup2(fd, 3);
	if (!program)
		program = "daemon/guestd";
	execl(program, program, "--channel", "fd:3", "--root", root, ring ? "--ring" : NULL, file,
	      NULL);
	perror(program);
	_exit(127);
}

void peer_start(struct peer *p, bool ring)
{
	struct frame f;
	int s[2];

	*p = (struct peer){ .ring = -1, .path = "/tmp/test-guestd.XXXXXX" };
	assert_non_null(mkdtemp(p->path));
	p->tmp = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(p->tmp >= 0);
	assert_int_equal(mkdirat(p->tmp, "root", 0755), 0);
	if (ring) {
		p->ring = openat(p->tmp, "ring", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		assert_int_equal(ftruncate(p->ring, RING_SLOT * RING_SLOTS), 0);
	}
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s), 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (!p->pid)
		exec_guestd(s[1], p->path, ring);
	close(s[1]);
	p->fd = s[0];
	assert_true(peer_next(p, &f));
	assert_int_equal(f.kind, FRAME_READY);
}

void peer_hello(struct peer *p, bool writable)
{
	uint8_t seed[32] = { 1 };
	struct hello_args a = {
		.hash = proto_hash(), .seed = { sizeof(seed), seed }, .sec = 1, .writable = writable
	};

	assert_int_equal(peer_do(p, PROC_hello, &a, NULL), 0);
}

/* rm -rf: it alone removes trees whose paths are too long for the kernel. */
void peer_remove(const char *path)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		execlp("rm", "rm", "-rf", "--", path, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

int peer_stop(struct peer *p)
{
	int status = 0;

	close(p->fd);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	fd_close(p->ring);
	close(p->tmp);
	buf_release(&p->in);
	buf_release(&p->data);
	peer_remove(p->path);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void peer_write(struct peer *p, const void *data, size_t n)
{
	assert_int_equal(write_full(p->fd, data, n), 0);
}

/* Encodes and sends. */
static void send_frame(struct peer *p, const struct frame *f, bool (*xdr)(XDR *, void *),
		       const void *v)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e;

	assert_int_equal(frame_add(&b, f, xdr, v, &e), 0);
	peer_write(p, b.data, b.len);
}

void peer_send(struct peer *p, enum frame_kind kind, uint32_t serial, const void *msg)
{
	struct frame f = { .kind = kind, .serial = serial };

	send_frame(p, &f, frame_bodies[kind].xdr, msg);
}

uint32_t peer_call(struct peer *p, enum proc_nr nr, const void *args)
{
	struct frame f = { .kind = FRAME_CALL, .serial = ++p->serial, .proc = nr };

	send_frame(p, &f, procs[nr].args.xdr, args);
	return p->serial;
}

bool peer_next(struct peer *p, struct frame *f)
{
	buf_drop(&p->in, p->used);
	p->used = 0;
	for (;;) {
		struct pollfd w = { .fd = p->fd, .events = POLLIN };
		struct err e = ERR_INIT;
		ssize_t n = frame_parse(p->in.data, p->in.len, f, &e);

		assert_true(n >= 0);
		if (n) {
			p->used = (size_t)n;
			return true;
		}
		assert_int_equal(poll(&w, 1, QUIET_MS), 1);
		n = read(p->fd, buf_room(&p->in, 65536), 65536);
		if (n <= 0)
			return false;
		p->in.len += (size_t)n;
	}
}

/* Takes a slot out of the ring, and gives it back. */
static void take_slot(struct peer *p, uint32_t serial, const wire_msg_slot *m)
{
	wire_msg_ack ack = { .slot = m->slot };
	char *to = buf_room(&p->data, m->length);

	assert_true(m->slot < RING_SLOTS && m->length <= RING_SLOT && m->length);
	assert_int_equal(m->slot, p->slots++ % RING_SLOTS);
	assert_int_equal(pread(p->ring, to, m->length, (off_t)m->slot * RING_SLOT), m->length);
	p->data.len += m->length;
	peer_send(p, FRAME_ACK, serial, &ack);
}

/* A frame that is not the answer. */
static void take_frame(struct peer *p, const struct frame *f)
{
	union frame_msg m;
	struct err e = ERR_INIT;

	assert_int_equal(frame_msg(f, &m, &e), 0);
	switch (f->kind) {
	case FRAME_DATA:
		assert_true(m.data.data.len > 0);
		buf_add(&p->data, m.data.data.data, m.data.data.len);
		break;
	case FRAME_HOLE:
		assert_true(m.hole.length > 0);
		p->holes += m.hole.length;
		break;
	case FRAME_SLOT:
		take_slot(p, f->serial, &m.slot);
		break;
	case FRAME_ALIVE:
		p->alive++;
		break;
	case FRAME_LOG:
		p->logs++;
		break;
	case FRAME_PROGRESS:
		p->progress++;
		break;
	default:
		assert_int_equal(f->kind, FRAME_ACK);
	}
	frame_msg_free(f, &m);
}

int peer_answer(struct peer *p, enum proc_nr nr, void *ret)
{
	const struct proc_side *side = &procs[nr].ret;
	union frame_msg m;
	struct frame f;
	struct err e = ERR_INIT;

	p->data.len = 0;
	p->holes = 0;
	p->no[0] = p->text[0] = '\0';
	for (;;) {
		assert_true(peer_next(p, &f));
		assert_int_equal(f.serial, p->serial);
		if (f.kind == FRAME_REPLY || f.kind == FRAME_ERROR)
			break;
		take_frame(p, &f);
	}
	if (f.kind == FRAME_ERROR) {
		assert_int_equal(frame_msg(&f, &m, &e), 0);
		snprintf(p->no, sizeof(p->no), "%s", m.error.no);
		snprintf(p->text, sizeof(p->text), "%s", m.error.text);
		frame_msg_free(&f, &m);
		return errno_value(p->no);
	}
	CLEANUP(free) void *mine = xcalloc(1, side->size);
	assert_int_equal(frame_decode(f.body, f.body_len, side->xdr, mine, procs[nr].name, &e), 0);
	if (ret)
		memcpy(ret, mine, side->size);
	else
		proto_free(side, mine);
	return 0;
}

int peer_do(struct peer *p, enum proc_nr nr, const void *args, void *ret)
{
	peer_call(p, nr, args);
	return peer_answer(p, nr, ret);
}

void peer_file(struct peer *p, const char *name, const void *data, size_t n)
{
	char path[4096];

	snprintf(path, sizeof(path), "root/%s", name);
	CLEANUP(fd_close) int fd = openat(p->tmp, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, data, n), 0);
}

void peer_link(struct peer *p, const char *target, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "root/%s", name);
	assert_int_equal(symlinkat(target, p->tmp, path), 0);
}

int peer_list(struct peer *p, const char *path)
{
	struct list_dir_args a = { .path = peer_str(path) };

	return peer_do(p, PROC_list_dir, &a, NULL);
}

char *peer_str(const char *s)
{
	static struct strvec all;

	strvec_add(&all, s);
	return all.v[all.n - 1];
}

char *peer_content(size_t n)
{
	char *s = xmalloc(n + 1);

	for (size_t i = 0; i < n; i++)
		s[i] = (char)(i * 31 + i / 4096 * 7);
	return s;
}

void peer_send_data(struct peer *p, const void *data, size_t n)
{
	wire_msg_data m = { { (uint32_t)n, (uint8_t *)(uintptr_t)data } };

	peer_send(p, FRAME_DATA, p->serial, &m);
}

void peer_folders(struct peer *p, const char *name, char ret[4096])
{
	snprintf(ret, 4096, "root/%s", name);
	for (char *s = strchr(ret, '/'); (s = strchr(s + 1, '/'));) {
		*s = '\0';
		mkdirat(p->tmp, ret, 0755);
		*s = '/';
	}
}

void peer_put(struct peer *p, const char *name, const void *data, size_t n)
{
	char path[4096];

	peer_folders(p, name, path);
	peer_file(p, name, data, n);
}

void peer_put_text(struct peer *p, const char *name, const char *text)
{
	peer_put(p, name, text, strlen(text));
}
