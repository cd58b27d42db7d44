/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that name devices, from hostile bytes: fstab of each system, crypttab, mdadm.conf,
 * os-release, and the names themselves. The first byte says which.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fstab.h"
#include "daemon/osrelease.h"
#include "util/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const types[] = { "linux", "freebsd", "netbsd", "openbsd", "hurd" };

/* What holds for every row, whatever the text was. */
static void check_rows(const struct fstab *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct fstab_row *r = &t->v[i];

		if (!r->text || !r->type || !r->dir || (*r->dir && *r->dir != '/'))
			__builtin_trap();
		if (r->spec.kind == SPEC_VOLUME && (!r->spec.vg || !r->spec.lv))
			__builtin_trap();
		if (r->subvol && strchr(r->subvol, ','))
			__builtin_trap();
	}
	if (t->n > FSTAB_LINES_MAX)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	CLEANUP(fstab_release) struct fstab t = { .v = NULL };
	const char *text = (const char *)data + 1;
	unsigned which;

	if (!n)
		return 0;
	which = *data % 8;
	n--;
	if (which < ARRAY_SIZE(types)) {
		fstab_parse(types[which], text, n, &t);
		check_rows(&t);
	} else if (which == 5) {
		free(crypttab_find(text, n, "root"));
	} else if (which == 6) {
		free(mdadm_conf_find(text, n, "md0"));
	} else {
		free(osrelease_name(text, n));
	}
	return 0;
}
