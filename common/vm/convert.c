/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See convert.h. qemu-img is told of images as json:{...}, image_node.h has the keys. */
#include "vm/convert.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "util/io.h"
#include "util/strvec.h"
#include "util/xalloc.h"
#include "vm/birth.h"
#include "vm/image_node.h"
#include "vm/sandbox.h"

#define PROGRAM	  "qemu-img"
#define POLL_MS	  200	      /* between two questions whether to stop */
#define WORDS_MAX 65536u      /* bytes of what it complains of */
#define MAP_MAX	  (64u << 20) /* bytes of what it says of an image's map */

/* One run of qemu-img. */
struct job {
	struct strvec argv;
	struct birth_fds fds;
	int ruleset;
	int out; /* its standard output and error */
	pid_t pid;
};

#define JOB_INIT                       \
	{                              \
		.ruleset = -1, .out = -1 \
	}

static void job_release(struct job *j)
{
	if (j->pid) {
		kill(j->pid, SIGKILL);
		while (waitpid(j->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	strvec_release(&j->argv);
	birth_fds_release(&j->fds);
	fd_close(j->ruleset);
	fd_close(j->out);
}

static void job_release_p(struct job *j)
{
	job_release(j);
}

static int job_init(struct job *j, const char *verb, struct err *e)
{
	CLEANUP(free) char *program = program_find(PROGRAM);
	struct err ignored = ERR_INIT;

	if (!program)
		return err_set(e, ENOENT, "cannot find '" PROGRAM "' in PATH; install it (Debian: qemu-utils)");
	j->ruleset = sandbox_ruleset(program, false, &ignored);
	strvec_add(&j->argv, program);
	strvec_add(&j->argv, verb);
	return 0;
}

/* An open file that the job gets. */
static int give_fd(struct job *j, int fd, bool writable, struct err *e)
{
	struct stat st;

	birth_keep(&j->fds, fd);
	/* A socket is not opened by a name. */
	if (j->ruleset < 0 || (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode)))
		return 0;
	return writable ? sandbox_allow_resize(j->ruleset, fd, e) : sandbox_allow(j->ruleset, fd, false, e);
}

/* qemu-img takes no disk of several files of which one is remote, and its words for that are strange. */
static int check_layers(const struct image *img, struct err *e)
{
	for (size_t i = 0; i < img->n_layers && img->n_layers > 1; i++)
		if (img->layers[i].remote)
			return err_set(e, ENOTSUP,
				       "'%s' is a disk of %zu files, one on another machine: it can only be copied where "
				       "it is; make one file of it with: qemu-img convert -O qcow2 OLD NEW.qcow2",
				       img->name, img->n_layers);
	return 0;
}

/* An image that the job gets, as the next argument. */
static int give_image(struct job *j, struct image *img, const struct image_how *how, struct err *e)
{
	struct buf b = BUF_INIT;

	if (check_layers(img, e) < 0 || image_connect(img, e) < 0)
		return -1;
	for (size_t i = 0; i < img->n_layers; i++) {
		const struct image_layer *l = &img->layers[i];

		if (give_fd(j, l->fd, i == 0 && how->writable, e) < 0 ||
		    (l->data_fd >= 0 && give_fd(j, l->data_fd, i == 0 && how->writable, e) < 0))
			return -1;
	}
	if ((how->overlaid && give_fd(j, how->overlay, true, e) < 0) ||
	    (how->journaled && give_fd(j, how->journal, true, e) < 0))
		return -1;
	buf_addstr(&b, "json:");
	if (how->journaled && !how->writable)
		image_node_journaled(&b, img, how);
	else
		image_node(&b, img, how);
	strvec_give(&j->argv, buf_take(&b));
	return 0;
}

static int start(struct job *j, struct err *e)
{
	CLEANUP(fd_close) int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	CLEANUP(fd_close) int theirs = -1;
	int ends[2];

	if (null < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	j->out = ends[0];
	theirs = ends[1];
	j->pid = birth(&(struct birth){ .program = j->argv.v[0],
					.argv = j->argv.v,
					.fds = &j->fds,
					.out = theirs,
					.null = null,
					.ruleset = j->ruleset },
		       e);
	return j->pid ? 0 : -1;
}

/* Its end. What it said is in *said. */
static int finish(struct job *j, const struct buf *said, struct err *e)
{
	const char *words = said->len ? said->data : "it has not said why";
	int status, r;

	do
		r = waitpid(j->pid, &status, 0);
	while (r < 0 && errno == EINTR);
	j->pid = 0;
	if (r < 0)
		return err_sys(e, "waitpid");
	if (WIFSIGNALED(status))
		return err_set(e, EIO, PROGRAM " was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) == 0)
		return 0;
	if (!strncmp(words, PROGRAM ": ", sizeof(PROGRAM) + 1))
		words += sizeof(PROGRAM) + 1;
	return err_set(e, strstr(words, strerror(ENOSPC)) ? ENOSPC : EIO, "%.*s",
		       (int)strcspn(words, "\n"), words);
}

/*
 * Takes what has come: "    (12.34/100%)\r" is how far it is, as hundredths of a percent in
 * *ret_done; all else is words, which stay in b.
 */
static void take_progress(struct buf *b, unsigned *ret_done)
{
	char *p;

	while (b->len && (p = memchr(b->data, '\r', b->len)) != NULL) {
		unsigned whole, part;
		size_t n = (size_t)(p + 1 - b->data);
		char *open;

		*p = '\0';
		open = strrchr(b->data, '(');
		if (open && sscanf(open, "(%u.%2u/100%%)", &whole, &part) == 2)
			*ret_done = whole * 100 + part;
		buf_drop(b, n);
	}
}

/* Reads what the job says until it ends. */
static int attend(struct job *j, const struct convert *c, struct err *e)
{
	CLEANUP(buf_release) struct buf said = BUF_INIT;
	unsigned done = 0;

	for (;;) {
		struct pollfd p = { j->out, POLLIN, 0 };
		ssize_t n;

		if (c->progress && c->progress(c->ctx, done, e) < 0)
			return -1;
		if (poll(&p, 1, POLL_MS) <= 0)
			continue;
		n = read(j->out, buf_room(&said, 4096), 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		said.len += (size_t)n;
		said.data[said.len] = '\0';
		take_progress(&said, &done);
		buf_keep_tail(&said, WORDS_MAX);
	}
	while (said.len && strchr(" \n", said.data[0]))
		buf_drop(&said, 1);
	return finish(j, &said, e);
}

int convert_run(const struct convert *c, struct err *e)
{
	const struct image_how from = {
		.fds = "/dev/fd/",
		.overlaid = c->overlay >= 0,
		.overlay = c->overlay,
		.ranged = c->ranged,
		.offset = c->from_at,
		.length = c->length,
	};
	const struct image_how to = {
		.fds = "/dev/fd/",
		.writable = true,
		.discard = true,
		.ranged = c->ranged,
		.offset = c->to_at,
		.length = c->length,
	};
	struct job j __attribute__((cleanup(job_release_p))) = JOB_INIT;
	int r;

	if (job_init(&j, "convert", e) < 0)
		return -1;
	strvec_add(&j.argv, "-p");
	strvec_add(&j.argv, "-n");
	if (c->to_is_zero && !c->no_sparse)
		strvec_add(&j.argv, "--target-is-zero");
	if (c->no_sparse) {
		strvec_add(&j.argv, "-S");
		strvec_add(&j.argv, "0");
	}
	if (c->compress)
		strvec_add(&j.argv, "-c");
	/* Where it is in the target does not matter to a reader, and it is quicker so; qemu's qed aborts then. */
	else if (strcmp(c->to->layers[0].format, "qed") != 0)
		strvec_add(&j.argv, "-W");
	strvec_add(&j.argv, "-O");
	strvec_add(&j.argv, c->ranged ? "raw" : c->to->layers[0].format);
	r = give_image(&j, c->from, &from, e);
	if (r == 0)
		r = give_image(&j, c->to, &to, e);
	if (r == 0)
		r = start(&j, e);
	image_disconnect(c->from);
	image_disconnect(c->to);
	return r == 0 ? attend(&j, c, e) : -1;
}

/* All that it says. */
static int read_all(struct job *j, struct buf *b, struct err *e)
{
	int r = fd_read_all(j->out, PROGRAM, MAP_MAX, b, e);

	return r < 0 ? -1 : finish(j, b, e);
}

int convert_resize(struct image *img, uint64_t size, struct err *e)
{
	const struct image_how how = { .fds = "/dev/fd/", .writable = true, .journaled = true,
				       .journal = img->journal };
	struct job j __attribute__((cleanup(job_release_p))) = JOB_INIT;
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	if (!strcmp(img->layers[0].format, "raw")) {
		img->virtual_size = size;
		return 0;
	}
	if (job_init(&j, "resize", e) < 0)
		return -1;
	strvec_add(&j.argv, "-q");
	strvec_add(&j.argv, "-f");
	strvec_add(&j.argv, img->layers[0].format);
	if (give_image(&j, img, &how, e) < 0)
		return -1;
	strvec_addf(&j.argv, "%llu", (unsigned long long)size);
	if (start(&j, e) < 0 || read_all(&j, &b, e) < 0)
		return -1;
	img->virtual_size = size;
	return 0;
}

/* One extent of the map: of depth 0 it is the journal's. */
static int tell_change(json_t *extent, convert_change_fn fn, void *ctx, struct err *e)
{
	const json_t *at = json_object_get(extent, "start"), *n = json_object_get(extent, "length"),
		     *depth = json_object_get(extent, "depth"), *from = json_object_get(extent, "offset");
	bool zero = json_is_true(json_object_get(extent, "zero"));

	if (json_integer_value(depth) != 0 || !json_is_true(json_object_get(extent, "present")))
		return 0;
	if (!json_is_integer(at) || !json_is_integer(n) || json_integer_value(at) < 0 ||
	    json_integer_value(n) <= 0 || (!zero && !json_is_integer(from)))
		return err_set(e, EPROTO, "cannot read what " PROGRAM " says of an image");
	return fn(ctx, (uint64_t)json_integer_value(at), (uint64_t)json_integer_value(n), zero,
		  (uint64_t)json_integer_value(from), e);
}

int convert_changes(struct image *img, convert_change_fn fn, void *ctx, struct err *e)
{
	const struct image_how how = { .fds = "/dev/fd/", .journaled = true, .journal = img->journal };
	struct job j __attribute__((cleanup(job_release_p))) = JOB_INIT;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	json_t *map, *extent;
	int rc = 0;
	size_t i;

	if (job_init(&j, "map", e) < 0)
		return -1;
	strvec_add(&j.argv, "--output=json");
	if (give_image(&j, img, &how, e) < 0 || start(&j, e) < 0 || read_all(&j, &b, e) < 0)
		return -1;
	map = json_loadb(b.data ? b.data : "", b.len, 0, NULL);
	if (!json_is_array(map))
		rc = err_set(e, EPROTO, "cannot read what " PROGRAM " says of an image");
	json_array_foreach(map, i, extent)
		if (rc == 0)
			rc = tell_change(extent, fn, ctx, e);
	json_decref(map);
	return rc;
}

/* Is there data in none of the extents? */
static int all_zero(const struct buf *b, struct err *e)
{
	json_t *map = json_loadb(b->data ? b->data : "", b->len, 0, NULL), *extent;
	int zero = 1;
	size_t i;

	if (!json_is_array(map)) {
		json_decref(map);
		return err_set(e, EPROTO, "cannot read what " PROGRAM " says of an image");
	}
	json_array_foreach(map, i, extent)
		if (!json_is_true(json_object_get(extent, "zero")))
			zero = 0;
	json_decref(map);
	return zero;
}

int convert_is_zero(struct image *img, struct err *e)
{
	const struct image_how how = { .fds = "/dev/fd/" };
	struct job j __attribute__((cleanup(job_release_p))) = JOB_INIT;
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct stat st;

	if (img->layers[0].remote || fstat(img->layers[0].fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (job_init(&j, "map", e) < 0)
		return -1;
	strvec_add(&j.argv, "--output=json");
	if (give_image(&j, img, &how, e) < 0 || start(&j, e) < 0 || read_all(&j, &b, e) < 0)
		return -1;
	return all_zero(&b, e);
}
