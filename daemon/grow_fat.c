/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FAT, by ourselves (fat.h): fatresize changes the partition's type, loses the label, and fails on FAT16. */
#include <fcntl.h>

#include "fat.h"
#include "grow_type.h"
#include "util/io.h"

int grow_check_fat(const struct grower *w, struct err *e)
{
	CLEANUP(fd_close) int fd = open(w->d->node, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(e, "cannot open '%s'", w->d->user);
	return fat_check(fd, e) < 0 ? err_ctx(e, "'%s' cannot grow", w->d->user) : 0;
}

int grow_fat(const struct grower *w, struct err *e)
{
	CLEANUP(fd_close) int fd = open(w->d->node, O_RDWR | O_CLOEXEC);
	uint8_t ignored;
	uint64_t size;

	if (fd < 0)
		return err_sys(e, "cannot open '%s'", w->d->user);
	if (grow_read_super(w->d, 0, &ignored, sizeof(ignored), &size, e) < 0)
		return -1;
	return fat_grow(fd, size, e) < 0 ? err_ctx(e, "growing '%s'", w->d->user) : 0;
}

uint64_t grow_max_fat(const struct device *d)
{
	uint8_t boot[FAT_BOOT];
	uint64_t ignored;
	struct fat f;
	struct err e;

	if (grow_read_super(d, 0, boot, sizeof(boot), &ignored, &e) < 0 || !fat_parse(boot, &f))
		return 0;
	return fat_max(&f);
}
