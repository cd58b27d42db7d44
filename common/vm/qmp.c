/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See qmp.h. The protocol: docs/interop/qmp-spec in qemu's documentation. */
#include "vm/qmp.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <jansson.h>

#include "util/cleanup.h"
#include "util/io.h"

#define LINE_MAX_BYTES (4u << 20) /* of one answer */

/* Sends one line, with a descriptor beside it if pass_fd is one. */
static int send_line(int fd, const char *json, int pass_fd)
{
	size_t n = strlen(json);
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov;
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	buf_add(&b, json, n);
	buf_addch(&b, '\n');
	iov = (struct iovec){ b.data, b.len };
	if (pass_fd >= 0) {
		struct cmsghdr *c = &control.align;

		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &pass_fd, sizeof(int));
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL) == (ssize_t)b.len ? 0 : -1;
}

int qmp_send(struct qmp *q, const char *json, int pass_fd, struct err *e)
{
	if (send_line(q->fd, json, pass_fd) < 0)
		return err_sys(e, "qemu's monitor is gone");
	q->pending++;
	return 0;
}

/* One line off the buffer, or NULL while there is none; to be freed. */
static char *take_line(struct qmp *q)
{
	char *nl = q->in.len ? memchr(q->in.data, '\n', q->in.len) : NULL;
	char *line;

	if (!nl)
		return NULL;
	line = strndup(q->in.data, nl - q->in.data);
	buf_drop(&q->in, nl - q->in.data + 1);
	return line;
}

/* Waits for more bytes. */
static int more(struct qmp *q, int timeout_ms, struct err *e)
{
	struct pollfd p = { .fd = q->fd, .events = POLLIN };
	int r = poll(&p, 1, timeout_ms);
	ssize_t n;

	if (r < 0 && errno == EINTR)
		return 0;
	if (r == 0)
		return err_set(e, ETIMEDOUT, "qemu's monitor does not answer");
	n = read(q->fd, buf_room(&q->in, 65536), 65536);
	if (n <= 0)
		return err_set(e, EPIPE, "qemu's monitor is gone");
	q->in.len += n;
	if (q->in.len > LINE_MAX_BYTES)
		return err_set(e, EPROTO, "qemu's monitor says too much");
	return 0;
}

/* Takes one line: counts answers, keeps the last one's value, reports an error. Events are passed
 * over. */
static int take_answer(struct qmp *q, const char *line, json_t **ret_last, struct err *e)
{
	json_t *j = json_loads(line, 0, NULL);
	json_t *error = json_object_get(j, "error");
	json_t *value = json_object_get(j, "return");
	int rc = 0;

	if ((error || value) && q->pending)
		q->pending--;
	if (error)
		rc = err_set(e, EIO, "qemu: %s",
			     json_string_value(json_object_get(error, "desc")) ?: "unknown error");
	if (value && ret_last) {
		json_decref(*ret_last);
		*ret_last = json_incref(value);
	}
	json_decref(j);
	return rc;
}

/* Reads until no answer is pending. */
static int settle(struct qmp *q, int timeout_ms, json_t **ret_last, struct err *e)
{
	int rc = 0;

	while (q->pending) {
		CLEANUP(free) char *line = take_line(q);

		if (!line) {
			struct err gone;

			if (more(q, timeout_ms, &gone) == 0)
				continue;
			if (rc == 0)
				*e = gone;
			return -1;
		}
		if (rc == 0)
			rc = take_answer(q, line, ret_last, e);
		else
			take_answer(q, line, NULL, &(struct err)ERR_INIT);
	}
	return rc;
}

int qmp_settle(struct qmp *q, int timeout_ms, struct err *e)
{
	return settle(q, timeout_ms, NULL, e);
}

char *qmp_ask(struct qmp *q, const char *json, int timeout_ms, struct err *e)
{
	json_t *last = NULL;
	char *text = NULL;

	if (qmp_send(q, json, -1, e) == 0 && settle(q, timeout_ms, &last, e) == 0)
		text = json_dumps(last, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(last);
	return text;
}

int qmp_send_ignore_shared(struct qmp *q, struct err *e)
{
	return qmp_send(q,
			"{\"execute\":\"migrate-set-capabilities\",\"arguments\":{\"capabilities\":"
			"[{\"capability\":\"x-ignore-shared\",\"state\":true}]}}",
			-1, e);
}

void qmp_release(struct qmp *q)
{
	buf_release(&q->in);
}
