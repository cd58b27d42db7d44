/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See win_hive.h. */
#include "win_hive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/below.h"
#include "util/bytes.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "win_parse.h"
#include "win_path.h"

#define HIVE_MAX ((off_t)512 << 20) /* bytes of a hive; Windows' own bound is near it */
#define TEXT_MAX 16384		    /* letters of a text, in bytes as UTF-8 */

hive_h *hive_open(const char *file, struct err *e)
{
	/* Heuristics for damaged hives: one that Windows still starts with may need them. */
	hive_h *h = hivex_open(file, HIVEX_OPEN_UNSAFE);

	if (!h)
		err_sys(e, "it is no hive that can be read");
	return h;
}

hive_node_h hive_key(hive_h *h, hive_node_h at, const char *path)
{
	if (!at)
		at = hivex_root(h);
	while (at && *path) {
		size_t n = strcspn(path, "\\");
		CLEANUP(free) char *name = xmemdup0(path, n);

		at = hivex_node_get_child(h, at, name);
		path += n + (path[n] == '\\');
	}
	return at;
}

char *hive_name(hive_h *h, hive_node_h key)
{
	return hivex_node_name(h, key);
}

/* A value's bytes and type, or NULL. */
static char *value_of(hive_h *h, hive_node_h key, const char *name, hive_type *ret_type,
		      size_t *ret_n)
{
	hive_value_h v = key ? hivex_node_get_value(h, key, name) : 0;

	return v ? hivex_value_value(h, v, ret_type, ret_n) : NULL;
}

char *hive_text(hive_h *h, hive_node_h key, const char *name)
{
	hive_type type;
	size_t n = 0;
	CLEANUP(free) char *data = value_of(h, key, name, &type, &n);

	if (!data || (type != hive_t_REG_SZ && type != hive_t_REG_EXPAND_SZ))
		return xstrdup("");
	return win_utf8(data, n, TEXT_MAX);
}

bool hive_number(hive_h *h, hive_node_h key, const char *name, uint32_t *ret)
{
	hive_type type;
	size_t n = 0;
	CLEANUP(free) char *data = value_of(h, key, name, &type, &n);

	if (!data || type != hive_t_REG_DWORD || n != 4)
		return false;
	*ret = get_le32(data);
	return true;
}

int hive_run(int root, const char *systemroot, const char *name, child_fn fn, struct buf *ret,
	     struct err *e)
{
	CLEANUP(free) char *wanted = xasprintf("%s/system32/config/%s", systemroot, name);
	CLEANUP(free) char *path = win_find(root, wanted);
	CLEANUP(fd_close) int fd = -1;
	struct stat st;

	if (!path)
		return err_set(e, ENOENT, "there is no '%s'", wanted);
	fd = below_open_file(root, path, O_RDONLY, &st, e);
	if (fd < 0)
		return -1;
	if (st.st_size > HIVE_MAX)
		return err_set(e, EFBIG, "'%s' is too large for a hive", path);
	return child_run(fd, path, fn, ret, e);
}
