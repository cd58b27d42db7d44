/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call that says which systems are on the disks, and what they are. */
#include <stdlib.h>
#include <string.h>

#include "daemon/crypt.h"
#include "daemon/devices.h"
#include "daemon/find_guest.h"
#include "daemon/inspect/windows.h"
#include "daemon/mounts.h"
#include "daemon/warnings.h"
#include "util/xalloc.h"

#define ANSWER_MAX (FRAME_MAX / 4 * 3) /* bytes of systems; the rest is for warnings */

static bool xdr_guest(XDR *x, void *v)
{
	return wire_xdr_guest(x, v);
}

/* What is not of the files in it. */
static void describe_place(const struct root *r, wire_guest *w)
{
	free(w->root);
	w->root = root_name(r);
	free(w->deployment);
	w->deployment = xstrdup(r->deployment ? r->deployment : "");
	w->snapshots.v = xcalloc(r->snapshots.n, sizeof(*w->snapshots.v));
	for (size_t i = 0; i < r->snapshots.n; i++)
		w->snapshots.v[w->snapshots.n++] = xstrdup(r->snapshots.v[i]);
}

/* One system, mounted as it would be when it runs. */
static int inspect_root(struct guestd *g, struct root *r, bool shared, wire_guest *w,
			struct strvec *warnings, struct err *e)
{
	struct guest_fstab t;

	if (root_mount(g, r, shared, &t, warnings, e) < 0) {
		guest_fstab_release(&t);
		return -1;
	}
	os_describe(g->sysroot, r->kind, w);
	if (!strcmp(r->kind->type, "windows")) {
		windows_describe(g->sysroot, w, warnings);
		windows_drives(g, g->sysroot, &w->drives, warnings);
	}
	free(w->title);
	w->title = os_title(g->sysroot, r->kind);
	if (!w->title)
		w->title = xstrdup("");
	describe_place(r, w);
	guest_fstab_tell(g, &t, w->root, w);
	guest_fstab_release(&t);
	return 0;
}

/* Adds a system to the answer, if there is room for it; *left is how much of that there is. */
static void take(wire_guest *w, size_t *left, struct inspect_ret *r, struct strvec *warnings)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e;

	if (frame_encode(&b, xdr_guest, w, &e) < 0 || b.len > *left) {
		strvec_addf(warnings, "there is too much to tell of '%.200s': it is left out",
			    w->root);
		wire_free_guest(w);
		return;
	}
	*left -= b.len;
	r->guests.v[r->guests.n++] = *w;
}

/* All systems one after the other; one that is alone stays mounted. */
static int inspect_all(struct guestd *g, struct root *v, size_t n, struct inspect_ret *r,
		       struct strvec *warnings, struct err *e)
{
	size_t left = ANSWER_MAX;

	r->guests.v = xcalloc(n, sizeof(*r->guests.v));
	for (size_t i = 0; i < n; i++) {
		struct err why = ERR_INIT;
		wire_guest w = { 0 };

		if (check_cancel(g, e) < 0)
			return -1;
		if (inspect_root(g, &v[i], n > 1, &w, warnings, &why) < 0)
			strvec_add(warnings, why.msg);
		else
			take(&w, &left, r, warnings);
		if (n == 1 && r->guests.n)
			storage_of(g)->root = xstrdup(r->guests.v[0].root);
		else if (mounts_umount(g, e) < 0)
			return -1;
	}
	return 0;
}

int do_inspect(struct guestd *g, const struct inspect_args *a, struct inspect_ret *r, struct err *e)
{
	struct strvec warnings = STRVEC_INIT;
	struct root *v = NULL;
	size_t n = 0;
	int rc = 0;

	if (mounts_umount(g, e) < 0 || devices_probe(g, e) < 0)
		return -1;
	crypt_locked(g, &r->locked);
	if (r->locked.n && !a->leave_locked)
		return 0;
	if (find_roots(g, &v, &n, &warnings, e) < 0 || inspect_all(g, v, n, r, &warnings, e) < 0)
		rc = -1;
	for (size_t i = 0; i < n; i++)
		root_release(&v[i]);
	free(v);
	warnings_answer(&warnings, &r->warnings);
	return rc;
}
