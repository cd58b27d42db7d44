/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The call that gives back to the host what nobody in the guest uses: what is free in file systems, all
 * of swap but its header, extents of volume groups that no volume has.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "crypt.h"
#include "devices.h"
#include "lvm_group.h"
#include "mount_job.h"
#include "storage_rows.h"
#include "swap.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "warnings.h"
#include "zeroes.h"

#define SECTOR 512u

struct trimmer {
	struct guestd *g;
	struct trim_ret *r;
	struct strvec trimmed, warnings;
	struct device **ignore, **zero;
	size_t n_ignore, n_zero;
	const struct lvm_group **groups; /* to be ignored */
	size_t n_groups;
};

static void trimmer_release_p(struct trimmer *t)
{
	strvec_release(&t->trimmed);
	strvec_release(&t->warnings);
	free(t->ignore);
	free(t->zero);
	free(t->groups);
}

static bool is_among(struct device *const *v, size_t n, const struct device *d)
{
	for (size_t i = 0; i < n; i++)
		if (v[i] == d)
			return true;
	return false;
}

/* "/dev/" may be left away. */
static char *full_name(const char *name)
{
	return *name == '/' ? xstrdup(name) : xasprintf("/dev/%s", name);
}

static const struct lvm_group *find_group(struct guestd *g, const char *name)
{
	const struct lvm *l = storage_of(g)->lvm;

	for (size_t i = 0; l && i < l->n_groups; i++) {
		CLEANUP(free) char *user = lvm_group_user(l->groups[i]);

		if (!strcmp(user, name))
			return l->groups[i];
	}
	return NULL;
}

static int find_ignored(struct trimmer *t, const wire_strs *names, struct err *e)
{
	t->ignore = xcalloc(names->n + 1, sizeof(struct device *));
	t->groups = xcalloc(names->n + 1, sizeof(struct lvm_group *));
	for (uint32_t i = 0; i < names->n; i++) {
		CLEANUP(free) char *name = full_name(names->v[i]);
		const struct lvm_group *group = find_group(t->g, name);
		struct device *d = group ? NULL : device_find(t->g, name, e);

		if (group)
			t->groups[t->n_groups++] = group;
		else if (d)
			t->ignore[t->n_ignore++] = d;
		else
			return -1;
	}
	return 0;
}

/* One that something else lies on has no content of its own. */
static int check_zero(const struct trimmer *t, const struct device *d, struct err *e)
{
	if (d->split)
		return err_set(e, EINVAL, "'%s' has partitions: --zero takes one of these", d->user);
	if (d->covered)
		return err_set(e, EINVAL, "other devices lie on '%s': --zero takes one of these", d->user);
	if (is_among(t->ignore, t->n_ignore, d))
		return err_set(e, EINVAL, "'%s' is to be zeroed, and to be ignored", d->user);
	return 0;
}

static int find_zeroed(struct trimmer *t, const wire_strs *names, struct err *e)
{
	t->zero = xcalloc(names->n + 1, sizeof(struct device *));
	for (uint32_t i = 0; i < names->n; i++) {
		CLEANUP(free) char *name = full_name(names->v[i]);
		struct device *d = device_find(t->g, name, e);

		if (!d || check_zero(t, d, e) < 0)
			return -1;
		t->zero[t->n_zero++] = d;
	}
	return 0;
}

/* Can the disks below be told at all? Each of them has a size of what it discards, or none. */
static int check_discard(struct guestd *g, struct err *e)
{
	for (size_t i = 0; i < g->n_disks; i++) {
		CLEANUP(free) char *path = xasprintf("/sys/class/block/%s/queue/discard_max_bytes", g->disks[i].node);
		CLEANUP(buf_release) struct buf b = BUF_INIT;

		if (file_read(AT_FDCWD, path, 64, &b, e) < 0)
			return -1;
		if (!b.len || b.data[0] == '0')
			return err_set(e, ENOTSUP, "discarding is not supported by the disks");
	}
	return 0;
}

/* What is there then is nobody's business. */
static int discard(const struct device *d, uint64_t at, uint64_t n, struct err *e)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDWR | O_CLOEXEC);
	uint64_t range[2] = { at, n };

	if (fd < 0)
		return err_sys(e, "cannot open '%s'", d->user);
	return ioctl(fd, BLKDISCARD, range) < 0 ? err_sys(e, "cannot discard on '%s'", d->user) : 0;
}

static int zero(const struct device *d, uint64_t size, struct err *e)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDWR | O_CLOEXEC);

	return fd < 0 || zeroes_put(fd, 0, size) < 0 ? err_sys(e, "cannot write to '%s'", d->user) : 0;
}

static uint64_t size_of(const struct device *d)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);
	uint64_t size = 0;

	return fd >= 0 && ioctl(fd, BLKGETSIZE64, &size) == 0 ? size : 0;
}

static void note(struct trimmer *t, const struct device *d, uint64_t bytes)
{
	t->r->bytes += bytes;
	strvec_add(&t->trimmed, d->user);
}

/* What is free in a file system. */
static int trim_filesystem(struct trimmer *t, struct device *d, struct err *e)
{
	struct fstrim_range range = { .len = UINT64_MAX };
	struct err later;
	int fd, r;

	if (mount_job_check(t->g, d, e) < 0)
		return -1;
	fd = mount_job_begin(t->g, d, e);
	if (fd < 0)
		return -1;
	r = ioctl(fd, FITRIM, &range);
	if (r < 0 && (errno == EOPNOTSUPP || errno == ENOTTY))
		err_set(e, ENOTSUP, "the driver of %s cannot tell what is free on '%s'", d->probe.type, d->user);
	else if (r < 0)
		err_sys(e, "cannot trim the file system on '%s'", d->user);
	if (mount_job_end(d, fd, r < 0 ? &later : e) < 0)
		return -1;
	if (r == 0)
		note(t, d, range.len);
	return r;
}

static int trim_swap(struct trimmer *t, struct device *d, struct err *e)
{
	uint64_t size = size_of(d);
	unsigned page;

	if (swap_look(d, &page, e) < 0 || discard(d, 0, size, e) < 0 || swap_make(d, page, e) < 0)
		return -1;
	note(t, d, size);
	return 0;
}

static int trim_device(struct trimmer *t, struct device *d, struct err *e)
{
	uint64_t size = size_of(d);

	if (is_among(t->zero, t->n_zero, d)) {
		if (zero(d, size, e) < 0)
			return -1;
		note(t, d, size);
		return 0;
	}
	if (device_is(d, "swap") && !d->covered)
		return trim_swap(t, d, e);
	return device_is_mountable(d) && !d->first ? trim_filesystem(t, d, e) : 0;
}

/* ---- volume groups */

/* Marks the extents of a physical volume that a stretch of it covers, or touches. */
static void mark(uint8_t *used, const struct lvm_vg *vg, const struct lvm_pv *pv, uint64_t sector, uint64_t n)
{
	uint64_t first, last;

	if (sector < pv->start || !n)
		return;
	first = (sector - pv->start) / vg->extent;
	last = (sector - pv->start + n - 1) / vg->extent;
	for (uint64_t i = first; i <= last && i < pv->extents; i++)
		used[i] = 1;
}

static void mark_all(uint8_t *used, const struct lvm_vg *vg, size_t pv)
{
	for (size_t i = 0; i < vg->n_lvs; i++)
		for (size_t k = 0; k < vg->lvs[i].n_segments; k++) {
			const struct lvm_segment *s = &vg->lvs[i].segments[k];

			for (size_t m = 0; m < s->n_stripes; m++)
				if (s->stripes[m].pv == pv)
					mark(used, vg, &vg->pvs[pv], s->stripes[m].sector,
					     (s->length + s->n_stripes - 1) / s->n_stripes);
		}
}

/* What no volume has of one physical volume. */
static int trim_physical(struct trimmer *t, const struct lvm_group *group, size_t pv, struct err *e)
{
	const struct lvm_vg *vg = &group->vg;
	const struct lvm_pv *p = &vg->pvs[pv];
	const struct device *d = group->pvs[pv];
	const uint64_t size = size_of(d);
	uint64_t run_at = 0, freed = 0;

	if (p->extents > size / SECTOR || p->start > size / SECTOR ||
	    p->extents * vg->extent > size / SECTOR - p->start)
		return err_set(e, EUCLEAN, "'%s' is smaller than its volume group says", d->user);
	CLEANUP(free) uint8_t *used = xcalloc(p->extents + 1, 1);
	mark_all(used, vg, pv);
	used[p->extents] = 1;
	for (uint64_t i = 0; i <= p->extents; i++) {
		if (!used[i])
			continue;
		if (i > run_at) {
			uint64_t n = (i - run_at) * vg->extent * SECTOR;

			if (discard(d, (p->start + run_at * vg->extent) * SECTOR, n, e) < 0)
				return -1;
			freed += n;
		}
		run_at = i + 1;
	}
	if (freed)
		note(t, d, freed);
	return 0;
}

static bool is_ignored(const struct trimmer *t, const struct lvm_group *group)
{
	for (size_t i = 0; i < t->n_groups; i++)
		if (t->groups[i] == group)
			return true;
	return false;
}

static int trim_groups(struct trimmer *t, struct err *e)
{
	const struct lvm *l = storage_of(t->g)->lvm;

	for (size_t i = 0; l && i < l->n_groups; i++) {
		const struct lvm_group *group = l->groups[i];
		CLEANUP(free) char *user = lvm_group_user(group);

		if (is_ignored(t, group))
			continue;
		if (!group->vg.plain || group->n_missing || !group->vg.extent) {
			strvec_addf(&t->warnings, "volume group '%s' has more than plain volumes, or is not whole: "
						  "its free space is left alone", user);
			continue;
		}
		for (size_t k = 0; k < group->vg.n_pvs; k++)
			if (!is_among(t->ignore, t->n_ignore, group->pvs[k]) &&
			    trim_physical(t, group, k, e) < 0)
				return -1;
	}
	return 0;
}

static int trim_all(struct trimmer *t, struct err *e)
{
	size_t n;
	CLEANUP(free) struct device **v = storage_order(t->g, &n);

	for (size_t i = 0; i < n; i++) {
		struct err why = ERR_INIT;

		if (check_cancel(t->g, e) < 0)
			return -1;
		progress(t->g, i, n);
		if (is_among(t->ignore, t->n_ignore, v[i]))
			continue;
		/* One that cannot be is no reason not to do the rest. */
		if (trim_device(t, v[i], &why) < 0)
			strvec_addf(&t->warnings, "%s", why.msg);
	}
	return trim_groups(t, e);
}

int do_trim(struct guestd *g, const struct trim_args *a, struct trim_ret *r, struct err *e)
{
	struct trimmer t __attribute__((cleanup(trimmer_release_p))) = { .g = g, .r = r };

	if (devices_probe(g, e) < 0 || check_discard(g, e) < 0 ||
	    find_ignored(&t, &a->ignore, e) < 0 || find_zeroed(&t, &a->zero, e) < 0 || trim_all(&t, e) < 0)
		return -1;
	crypt_locked(g, &r->locked);
	warnings_answer(&t.trimmed, &r->trimmed);
	warnings_answer(&t.warnings, &r->warnings);
	return 0;
}
