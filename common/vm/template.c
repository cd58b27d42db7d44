/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See template.h. The making of one is in template_make.c, its hashes are in template_meta.c. */
#include "vm/template.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <xxhash.h>

#include "util/io.h"
#include "util/xalloc.h"
#include "vm/cache.h"
#include "vm/template_meta.h"

/* Processor model: a template holds what the kernel found out about it. */
static void add_cpu(struct buf *b)
{
	CLEANUP(buf_release) struct buf info = BUF_INIT;
	CLEANUP(fd_close) int fd = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
	const char *p;
	ssize_t n = fd < 0 ? -1 : read_full(fd, buf_room(&info, 4095), 4095);

	if (n <= 0)
		return;
	info.len = n;
	info.data[n] = '\0';
	p = strstr(info.data, "model name");
	if (p)
		buf_add(b, p, strcspn(p, "\n"));
	p = strstr(info.data, "flags");
	if (p)
		buf_add(b, p, strcspn(p, "\n"));
}

void template_key(char ret[33], const struct template_source *src)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	CLEANUP(strvec_release) struct strvec argv = STRVEC_INIT;
	struct machine m = { .how = MACHINE_TEMPLATE, .kvm = src->kvm };
	struct stat st = { 0 };
	XXH128_hash_t h;

	stat(src->qemu, &st);
	/* No device or inode: a template may be part of a container's image. */
	buf_addf(&b, "%d\n%s %lld %lld.%09ld\n", TEMPLATE_FORMAT, src->qemu, (long long)st.st_size,
		 (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	machine_args(&argv, &m);
	for (size_t i = 0; i < argv.n; i++)
		buf_addf(&b, "%s\n", argv.v[i]);
	buf_addstr(&b, src->appliance->manifest);
	add_cpu(&b);
	h = XXH3_128bits(b.data, b.len);
	snprintf(ret, 33, "%016llx%016llx", (unsigned long long)h.high64,
		 (unsigned long long)h.low64);
}

struct template *template_open(int cachefd, const char *key, struct err *e)
{
	CLEANUP(template_close) struct template *t = xcalloc(1, sizeof(*t));
	CLEANUP(free) char *name = xasprintf("template-%s", key);
	CLEANUP(fd_close)
	int dir = openat(cachefd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct stat ram, state;

	t->ram = t->state = -1;
	snprintf(t->key, sizeof(t->key), "%s", key);
	if (dir < 0) {
		err_sys(e, "open '%s'", name);
		return NULL;
	}
	t->ram = openat(dir, "ram", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	t->state = openat(dir, "state", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (t->ram < 0 || t->state < 0 || fstat(t->ram, &ram) < 0 || fstat(t->state, &state) < 0) {
		err_sys(e, "open the template");
		/* Present but not whole: not the same as absent. */
		if (e->no == ENOENT)
			e->no = EINVAL;
		return NULL;
	}
	t->meta = template_meta_read(dir, e);
	if (!t->meta)
		return NULL;
	if (ram.st_size != (off_t)MACHINE_MEMORY << 20 ||
	    state.st_size != (off_t)t->meta->state_size || ram.st_uid != state.st_uid) {
		err_set(e, EINVAL, "the template's files have not the size they had");
		return NULL;
	}
	t->made = t->meta->made;
	t->state_bytes = t->meta->state_size;
	t->ram_bytes = template_meta_ram_bytes(t->meta);
	return TAKE(t);
}

static void *check_thread(void *arg)
{
	struct template *t = arg;

	t->damaged = !template_meta_matches(t->meta, t->ram, t->state);
	return NULL;
}

int template_check_start(struct template *t, struct err *e)
{
	int no = pthread_create(&t->checker, NULL, check_thread, t);

	if (no)
		return err_set(e, no, "cannot start a thread: %s", strerror(no));
	t->checking = true;
	return 0;
}

int template_check_end(struct template *t, struct err *e)
{
	if (t->checking)
		pthread_join(t->checker, NULL);
	t->checking = false;
	if (t->damaged)
		return err_set(e, EUCLEAN, "the template is damaged");
	return 0;
}

void template_remove(int cachefd, const char *key)
{
	CLEANUP(free) char *name = xasprintf("template-%s", key);

	cache_remove_folder(cachefd, name);
}

void template_close(struct template *t)
{
	if (!t)
		return;
	if (t->checking)
		pthread_join(t->checker, NULL);
	fd_close(t->ram);
	fd_close(t->state);
	free(t->meta);
	free(t);
}
