/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See secret.h. */
#include "util/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "util/xalloc.h"

/* Pages of their own. What the kernel refuses of these requests makes them no less usable. */
static uint8_t *pages(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED) {
		free(xmalloc(n)); /* which says what is to be said where memory has ended */
		abort();
	}
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	madvise(p, n, MADV_DONTDUMP);
	madvise(p, n, MADV_WIPEONFORK);
	mlock(p, n);
	return p;
}

/* The length of the pages that hold n bytes. */
static size_t whole_pages(size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (n + page - 1) / page * page;
}

uint8_t *secret_room(struct secret *s, size_t n)
{
	struct secret more = { NULL, s->len, s->cap };

	if (s->data && s->cap - s->len >= n)
		return s->data + s->len;
	more.cap = whole_pages(s->cap * 2 > s->len + n ? s->cap * 2 : s->len + n + 1);
	more.data = pages(more.cap);
	if (s->len)
		memcpy(more.data, s->data, s->len);
	secret_release(s);
	*s = more;
	return s->data + s->len;
}

void secret_add(struct secret *s, const void *p, size_t n)
{
	uint8_t *at = secret_room(s, n);

	if (n)
		memcpy(at, p, n);
	s->len += n;
}

void secret_release(struct secret *s)
{
	int no = errno;

	if (s->data) {
		explicit_bzero(s->data, s->cap);
		munmap(s->data, s->cap);
	}
	*s = (struct secret)SECRET_INIT;
	errno = no;
}
