/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pacman: a folder each package, with its facts in desc: "%KEY%" lines, values, an empty line. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/below.h"
#include "daemon/inspect/lister.h"
#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

#define DESC_MAX (256u << 10) /* bytes of a desc; some have long lists of what they provide */

static const char *const folders[] = {
	"/var/lib/pacman/local",
	"/usr/lib/holo/pacmandb/local", /* SteamOS */
};

/* The keys of interest, and where the first value of each belongs. */
static const struct {
	const char *key;
	size_t field;
} keys[] = {
	{ "%NAME%", offsetof(wire_application, name) },
	{ "%VERSION%", offsetof(wire_application, version) },
	{ "%DESC%", offsetof(wire_application, description) },
	{ "%URL%", offsetof(wire_application, url) },
	{ "%ARCH%", offsetof(wire_application, arch) },
};

/* Fills a from a desc, in place. */
static void desc_parse(wire_application *a, char *text)
{
	char *line;

	while ((line = line_next(&text))) {
		if (*line != '%')
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
			char **field = (char **)(void *)((char *)a + keys[i].field);
			char *value;

			if (strcmp(line, keys[i].key) != 0)
				continue;
			value = line_next(&text);
			if (value)
				*field = value;
			break;
		}
	}
	application_version(a, a->version);
}

/* The packages in an open folder. */
static void packages(struct lister *l, const char *dir, int fd, const struct folder *names)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct lister below = *l;

	below.root = fd;
	for (size_t i = 0; i < names->n && !below.ended; i++) {
		CLEANUP(free) char *path = xasprintf("%s/desc", folder_name(names, i));
		unsigned before = below.troubles;
		wire_application a;

		if (lister_read(&below, path, DESC_MAX, &b)) {
			application_init(&a, "pacman");
			desc_parse(&a, b.data);
			if (*a.name && *a.version && *a.release && *a.arch)
				lister_give(&below, &a);
		} else if (!before && below.troubles) {
			err_ctx(&below.first, "'%s'", dir);
		}
	}
	below.root = l->root;
	*l = below;
}

int apps_pacman(int root, application_fn fn, void *ctx, struct err *e)
{
	struct lister l = { .root = root, .fn = fn, .ctx = ctx };

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		CLEANUP(folder_release) struct folder names = FOLDER_INIT;
		CLEANUP(fd_close) int fd = below_open(root, folders[i], O_PATH | O_DIRECTORY, 0);

		if (fd < 0)
			continue;
		lister_folder(&l, folders[i], &names);
		packages(&l, folders[i], fd, &names);
	}
	return lister_end(&l, e);
}
