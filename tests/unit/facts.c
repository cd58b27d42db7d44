/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See facts.h. */
#include "facts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "util/buf.h"

wire_application facts_app(const char *kind, const char *name, const char *version)
{
	char *none = STR("");

	return (wire_application){
		.kind = STR(kind),	.name = STR(name),	.display_name = none,
		.version = STR(version), .release = none,	.arch = none,
		.install_path = none,	.publisher = none,	.url = none,
		.source_package = none, .summary = none,	.description = none,
		.class = none,
	};
}

wire_guest facts_guest(const char *root)
{
	char *none = STR("");

	return (wire_guest){
		.root = STR(root),
		.type = none,
		.arch = none,
		.distro = none,
		.title = none,
		.product_name = none,
		.product_variant = none,
		.package_format = none,
		.package_management = none,
		.windows_systemroot = none,
		.windows_current_control_set = none,
		.hostname = none,
		.build_id = none,
		.osinfo = none,
		.id = none,
		.version_id = none,
		.init = none,
		.medium = none,
		.deployment = none,
	};
}

int facts_file(const char *s)
{
	int fd = memfd_create("test", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, s, strlen(s)), strlen(s));
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

char *facts_print(const struct inspect_options *o, const struct facts *f)
{
	const wire_crypts locked = { 0, NULL };
	const wire_filesystems fs = { 0, NULL };
	const wire_strs warnings = { 0, NULL };
	const struct render_end end = { &locked, &warnings, &fs };
	CLEANUP(render_release) struct render r;
	struct buf b = BUF_INIT;

	render_init(&r, o, &b);
	r.ops->start(&r);
	if (f) {
		r.ops->guest(&r, f);
		r.guests++;
	}
	r.ops->end(&r, &end);
	assert_false(r.failed);
	return buf_take(&b);
}
