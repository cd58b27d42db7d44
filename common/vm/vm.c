/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The qemu process: start, watch, last words, end. See vm.h. */
#include "vm/vm.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "util/io.h"
#include "util/xalloc.h"
#include "vm/birth.h"
#include "vm/overlay.h"
#include "vm/sandbox.h"

#define TAIL_MAX   16384 /* bytes of last words that are kept */
#define LINE_BYTES 1024	 /* a longer line is told in pieces */

int vm_host_init(struct vm_host *h, struct err *e)
{
	h->t0 = now_ns();
	if (pipe2(h->wake, O_CLOEXEC | O_NONBLOCK) < 0) {
		h->wake[0] = h->wake[1] = -1;
		return err_sys(e, "pipe");
	}
	return 0;
}

void vm_host_release(struct vm_host *h)
{
	fd_close(h->wake[0]);
	fd_close(h->wake[1]);
}

void vm_tell(struct vm_host *h, enum session_event event, const char *fmt, ...)
{
	struct session_event_data d = { .event = event };
	CLEANUP(free) char *text = NULL;
	va_list ap;

	if (!h->fn)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	d.text = text;
	d.ms = (now_ns() - h->t0) / 1e6;
	h->fn(h->ctx, &d);
}

char *qemu_find(struct err *e)
{
	static const char name[] = "qemu-system-x86_64";
	const char *env = getenv("GUESTUTILS_QEMU");

	if (env && *env) {
		char *p = realpath(env, NULL);

		if (!p)
			err_sys(e, "cannot run '%s', which GUESTUTILS_QEMU names", env);
		return p;
	}
	CLEANUP(free) char *found = program_find(name);
	if (found)
		return TAKE(found);
	err_set(e, ENOENT, "cannot find '%s' in PATH; install qemu (Debian: qemu-system-x86)",
		name);
	return NULL;
}

static void keep(struct birth_fds *f, int fd)
{
	if (fd >= 0)
		birth_keep(f, fd);
}

static void keep_all(struct birth_fds *f, const struct machine *m)
{
	const int own[] = { m->rpc, m->console, m->monitor, m->root, m->ring };

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		keep(f, own[i]);
	if (m->how != MACHINE_BOOT)
		keep(f, m->ram);
	if (m->how == MACHINE_RESTORE)
		keep(f, m->state);
	if (m->how != MACHINE_RESTORE) {
		keep(f, m->vmlinux);
		keep(f, m->initrd);
	}
	for (size_t i = 0; m->how == MACHINE_TEMPLATE && i < DISK_SLOTS; i++)
		keep(f, m->placeholder[i]);
	for (size_t i = 0; m->overlays && i < m->n_images; i++)
		keep(f, m->overlays[i]);
	for (size_t i = 0; i < m->n_images; i++) {
		keep(f, m->images[i]->journal);
		keep(f, m->images[i]->overlay);
		for (size_t k = 0; k < m->images[i]->n_layers; k++) {
			keep(f, m->images[i]->layers[k].fd);
			keep(f, m->images[i]->layers[k].data_fd);
		}
	}
}

/* The Landlock rules of this machine, or -1 where there is no Landlock. */
static int make_ruleset(struct vm *vm, const char *qemu, const struct machine *m)
{
	struct err e = ERR_INIT;
	CLEANUP(fd_close) int rs = sandbox_ruleset(qemu, m->kvm, &e);

	/* Opened by name, though the name is a descriptor's: memory, kernel, initrd. */
	if (rs >= 0 && m->how != MACHINE_BOOT && sandbox_allow(rs, m->ram, true, &e) < 0)
		fd_close(TAKE_FD(rs));
	if (rs >= 0 && m->how != MACHINE_RESTORE &&
	    (sandbox_allow(rs, m->vmlinux, false, &e) < 0 ||
	     sandbox_allow(rs, m->initrd, false, &e) < 0))
		fd_close(TAKE_FD(rs));
	if (rs < 0)
		vm_tell(vm->host, SESSION_EV_STEP, "qemu runs without Landlock: %s", e.msg);
	return TAKE_FD(rs);
}

/* The ring: memory that we map and qemu sees as a disk. */
static int make_ring(struct vm *vm, struct err *e)
{
	size_t size = (size_t)RING_SLOT * RING_SLOTS;

	vm->ring = memfd_create("guestutils-ring", MFD_CLOEXEC);
	if (vm->ring < 0 || ftruncate(vm->ring, size) < 0)
		return err_sys(e, "memory for the bulk ring");
	vm->ring_map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vm->ring, 0);
	if (vm->ring_map == MAP_FAILED) {
		vm->ring_map = NULL;
		return err_sys(e, "memory for the bulk ring");
	}
	return 0;
}

/* A socket pair: our end, non-blocking, and the child's. */
static int pair(int *ret_ours, int *ret_theirs, struct err *e)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv) < 0)
		return err_sys(e, "socketpair");
	*ret_ours = sv[0];
	*ret_theirs = sv[1];
	return 0;
}

static int make_channels(struct vm *vm, struct machine *m, int *ret_out, struct err *e)
{
	if (pair(&vm->rpc, &m->rpc, e) < 0 || pair(&vm->console, &m->console, e) < 0 ||
	    pair(&vm->qmp.fd, &m->monitor, e) < 0 || pair(&vm->errors, ret_out, e) < 0 ||
	    make_ring(vm, e) < 0)
		return -1;
	m->ring = vm->ring;
	if (fcntl(vm->rpc, F_SETFL, O_NONBLOCK) < 0)
		return err_sys(e, "fcntl");
	for (size_t i = 0; m->how == MACHINE_TEMPLATE && i < DISK_SLOTS; i++) {
		m->placeholder[i] = memfd_create("guestutils-slot", MFD_CLOEXEC);
		if (m->placeholder[i] < 0 || ftruncate(m->placeholder[i], SLOT_EMPTY_SIZE) < 0)
			return err_sys(e, "memory for a disk slot");
	}
	return 0;
}

/* The child's ends, which are of no use to us once it has them. */
static void close_theirs(struct machine *m, int out)
{
	fd_close(TAKE_FD(m->rpc));
	fd_close(TAKE_FD(m->console));
	fd_close(TAKE_FD(m->monitor));
	fd_close(out);
	for (size_t i = 0; m->how == MACHINE_TEMPLATE && i < DISK_SLOTS; i++)
		fd_close(TAKE_FD(m->placeholder[i]));
}

struct vm *vm_start(struct vm_host *h, const char *qemu, struct machine *m,
		    const struct patience *p, struct err *e)
{
	CLEANUP(vm_close) struct vm *vm = xcalloc(1, sizeof(*vm));
	CLEANUP(birth_fds_release) struct birth_fds fds = { NULL, 0 };
	CLEANUP(strvec_release) struct strvec argv = STRVEC_INIT;
	CLEANUP(fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	CLEANUP(fd_close) int ruleset = -1;
	int out = -1;
	int rc = -1;

	vm->host = h;
	vm->patience = *p;
	vm->rpc = vm->console = vm->errors = vm->qmp.fd = vm->ring = -1;
	m->rpc = m->console = m->monitor = -1;
	for (size_t i = 0; i < DISK_SLOTS; i++)
		m->placeholder[i] = -1;
	if (null < 0)
		err_sys(e, "open '/dev/null'");
	else
		rc = make_channels(vm, m, &out, e);
	if (rc == 0) {
		ruleset = make_ruleset(vm, qemu, m);
		vm->landlocked = ruleset >= 0;
		strvec_add(&argv, qemu);
		machine_args(&argv, m);
		keep_all(&fds, m);
		vm->pid = birth(&(struct birth){ .program = qemu,
						 .argv = argv.v,
						 .fds = &fds,
						 .out = out,
						 .null = null,
						 .ruleset = ruleset,
						 .file_max = m->overlays ? OVERLAY_MAX : 0 },
				e);
		rc = vm->pid ? 0 : -1;
	}
	close_theirs(m, out);
	vm->last_sign = now_ns();
	return rc == 0 ? TAKE(vm) : NULL;
}

/* Processor time that qemu has used, seconds. */
static double cpu_used(const struct vm *vm)
{
	struct timespec t;
	clockid_t clock;

	if (!vm->pid || clock_getcpuclockid(vm->pid, &clock) != 0 || clock_gettime(clock, &t) < 0)
		return 0;
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Tells the whole lines in line, and keeps them as last words. */
static void tell_lines(struct vm *vm, struct buf *line, struct buf *tail)
{
	char *nl;

	while (line->len &&
	       ((nl = memchr(line->data, '\n', line->len)) || line->len > LINE_BYTES)) {
		size_t n = nl ? (size_t)(nl - line->data) : LINE_BYTES;
		size_t text = n && line->data[n - 1] == '\r' ? n - 1 : n;

		buf_add(tail, line->data, text);
		buf_addch(tail, '\n');
		vm_tell(vm->host, SESSION_EV_CONSOLE, "%.*s", (int)text, line->data);
		buf_drop(line, nl ? n + 1 : n);
	}
	buf_keep_tail(tail, TAIL_MAX);
}

/* Reads what is there; false at the end. */
static bool take_bytes(int fd, struct buf *b)
{
	ssize_t n = recv(fd, buf_room(b, 65536), 65536, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	b->len += n;
	b->data[b->len] = '\0';
	return true;
}

static void take_words(struct vm *vm, int *fd, struct buf *line, struct buf *tail)
{
	if (!take_bytes(*fd, line)) {
		if (line->len)
			buf_addch(line, '\n');
		fd_close(TAKE_FD(*fd));
	}
	tell_lines(vm, line, tail);
}

/* Takes in the rest of what qemu and the console had to say. */
static void last_words(struct vm *vm)
{
	int64_t end = now_ns() + 500 * 1000000LL;

	while ((vm->console >= 0 || vm->errors >= 0) && now_ns() < end) {
		struct pollfd p[] = { { vm->console, POLLIN, 0 }, { vm->errors, POLLIN, 0 } };

		if (poll(p, 2, 100) <= 0)
			continue;
		if (p[0].revents)
			take_words(vm, &vm->console, &vm->console_line, &vm->console_tail);
		if (p[1].revents)
			take_words(vm, &vm->errors, &vm->errors_line, &vm->errors_tail);
	}
}

/* Reaps qemu, by force unless it goes within the time. */
static int reap(struct vm *vm, int ms)
{
	int status = 0;
	int64_t end = now_ns() + ms * 1000000LL;

	while (vm->pid && waitpid(vm->pid, &status, WNOHANG) == 0) {
		if (now_ns() >= end) {
			kill(vm->pid, SIGKILL);
			waitpid(vm->pid, &status, 0);
			break;
		}
		poll(NULL, 0, 1);
	}
	vm->pid = 0;
	return status;
}

/* The text after mark in the tail, to the end of its line, into ret. */
static bool find_words(const struct buf *tail, const char *mark, char *ret, size_t n)
{
	const char *p = tail->len ? strstr(tail->data, mark) : NULL;

	if (!p)
		return false;
	p += strlen(mark);
	snprintf(ret, n, "%.*s", (int)strcspn(p, "\n"), p);
	return true;
}

/* The last line of a tail. */
static void last_line(const struct buf *tail, char *ret, size_t n)
{
	size_t end = tail->len;
	size_t start;

	while (end && tail->data[end - 1] == '\n')
		end--;
	start = end;
	while (start && tail->data[start - 1] != '\n')
		start--;
	snprintf(ret, n, "%.*s", (int)(end - start), tail->len ? tail->data + start : "");
}

int vm_died(struct vm *vm, const char *what, struct err *e)
{
	char words[300];
	int status;

	if (vm->dead) {
		*e = vm->why;
		return -1;
	}
	last_words(vm);
	status = reap(vm, 2000);
	last_line(&vm->errors_tail, words, sizeof(words));
	if (find_words(&vm->console_tail, "Kernel panic - not syncing: ", words, sizeof(words)))
		err_set(&vm->why, EIO, "the appliance's kernel panicked: %s", words);
	else if (find_words(&vm->console_tail, "guestd: ", words, sizeof(words)))
		err_set(&vm->why, EIO, "the appliance died: guestd: %s", words);
	else if (WIFSIGNALED(status))
		err_set(&vm->why, EIO, "qemu was killed by signal %d (%s)%s%s", WTERMSIG(status),
			strsignal(WTERMSIG(status)), *words ? ": " : "", words);
	else if (*words)
		err_set(&vm->why, EIO, "qemu ended with status %d: %s", WEXITSTATUS(status), words);
	else
		err_set(&vm->why, EIO, "%s (qemu's exit status %d)", what, WEXITSTATUS(status));
	vm->dead = true;
	*e = vm->why;
	return -1;
}

int vm_condemn(struct vm *vm, int no, const char *why, struct err *e)
{
	if (!vm->dead) {
		reap(vm, 0);
		last_words(vm);
		err_set(&vm->why, no, "%s", why);
		vm->dead = true;
	}
	*e = vm->why;
	return -1;
}

/* No sign of life: is that still all right? */
static int check_patience(struct vm *vm, struct err *e)
{
	const struct patience *p = &vm->patience;
	double wall = (now_ns() - vm->last_sign) / 1e9;
	double cpu = cpu_used(vm) - vm->cpu_at_sign;
	char why[200];

	if (p->wall_s > 0 && wall > p->wall_s)
		snprintf(why, sizeof(why), "the appliance gave no sign of life for %.0f seconds",
			 wall);
	else if (cpu > p->cpu_s)
		snprintf(why, sizeof(why),
			 "the appliance gave no sign of life in %.0f seconds of processor time",
			 cpu);
	else if (wall > p->idle_s && cpu < wall / 50)
		snprintf(why, sizeof(why),
			 "the appliance stands still (no sign of life for %.0f seconds)", wall);
	else
		return 0;
	return vm_condemn(vm, ETIMEDOUT, why, e);
}

/* qemu says that somebody else has an image open, and goes on without it. */
static int check_locks(struct vm *vm, struct err *e)
{
	static const char mark[] = "Failed to get ";
	char words[100];

	if (!find_words(&vm->errors_tail, mark, words, sizeof(words)) || !strstr(words, "lock"))
		return 0;
	return vm_condemn(vm, EBUSY, "an image is in use by another process: not opened for writing", e);
}

int vm_step(struct vm *vm, bool in_call, struct err *e)
{
	struct pollfd p[] = {
		{ vm->rpc, POLLIN, 0 },
		{ vm->console, POLLIN, 0 },
		{ vm->errors, POLLIN, 0 },
		{ vm->host->wake[0], in_call ? POLLIN : 0, 0 },
	};
	int n;

	if (vm->dead)
		return vm_died(vm, "", e);
	n = poll(p, ARRAY_SIZE(p), 500);
	if (n < 0 && errno != EINTR)
		return err_sys(e, "poll");
	if (n <= 0)
		return n < 0 ? 0 : check_patience(vm, e);
	if (p[0].revents || p[1].revents || p[2].revents) {
		vm->last_sign = now_ns();
		vm->cpu_at_sign = cpu_used(vm);
	}
	if (p[1].revents)
		take_words(vm, &vm->console, &vm->console_line, &vm->console_tail);
	if (p[2].revents) {
		take_words(vm, &vm->errors, &vm->errors_line, &vm->errors_tail);
		if (check_locks(vm, e) < 0)
			return -1;
	}
	if (p[0].revents && !take_bytes(vm->rpc, &vm->in))
		return vm_died(vm, "the appliance ended", e);
	return 0;
}

int vm_wait_exit(struct vm *vm, struct err *e)
{
	int status;

	for (;;) {
		struct err end = ERR_INIT;
		struct pollfd p = { vm->rpc, POLLIN, 0 };

		/* The end of the channel is what we wait for here, not an accident. */
		if (poll(&p, 1, 500) > 0) {
			if (!take_bytes(vm->rpc, &vm->in))
				break;
			buf_drop(&vm->in, vm->in.len);
			vm->last_sign = now_ns();
		} else if (check_patience(vm, &end) < 0) {
			*e = end;
			return -1;
		}
	}
	last_words(vm);
	status = reap(vm, 10000);
	vm->dead = true;
	err_set(&vm->why, EPIPE, "the appliance was shut down");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return err_set(e, EIO, "qemu was killed by signal %d at the end", WTERMSIG(status));
	return err_set(e, EIO, "qemu ended with status %d", WEXITSTATUS(status));
}

void vm_close(struct vm *vm)
{
	if (!vm)
		return;
	reap(vm, 0);
	fd_close(vm->rpc);
	fd_close(vm->console);
	fd_close(vm->errors);
	fd_close(vm->qmp.fd);
	fd_close(vm->ring);
	if (vm->ring_map)
		munmap(vm->ring_map, (size_t)RING_SLOT * RING_SLOTS);
	qmp_release(&vm->qmp);
	buf_release(&vm->in);
	buf_release(&vm->console_line);
	buf_release(&vm->errors_line);
	buf_release(&vm->console_tail);
	buf_release(&vm->errors_tail);
	free(vm);
}
