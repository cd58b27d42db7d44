/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See kmsg.h. */
#include "kmsg.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util/io.h"

#define RECORD_MAX 8192 /* of /dev/kmsg: a read is one record */

/* The text of a record "6,123,4567,-;text\n key=value\n…". */
static char *text_of(char *record)
{
	char *s = strchr(record, ';');

	if (!s)
		return NULL;
	s++;
	s[strcspn(s, "\n")] = '\0';
	return s;
}

bool kmsg_about(const char *node, const char *user, struct buf *ret)
{
	CLEANUP(fd_close) int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char real[PATH_MAX], mark[80], record[RECORD_MAX];
	CLEANUP(buf_release) struct buf last = BUF_INIT;
	ssize_t n;

	if (fd < 0 || !realpath(node, real) || !strrchr(real, '/'))
		return false;
	snprintf(mark, sizeof(mark), "%s", strrchr(real, '/') + 1);
	for (;;) {
		char *s, *at;

		n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE) /* overwritten before we came to it */
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		s = text_of(record);
		at = s ? strstr(s, mark) : NULL;
		/* "(vdc1)" and "vdc1:", but not "vdc1" of "vdc12". */
		if (!at || !strchr("):, ", at[strlen(mark)]))
			continue;
		buf_drop(&last, last.len);
		buf_add(&last, s, (size_t)(at - s));
		buf_addstr(&last, user);
		buf_addstr(&last, at + strlen(mark));
	}
	if (!last.len)
		return false;
	buf_add(ret, last.data, last.len);
	return true;
}
