/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See mount_opts.h. */
#include "mount_opts.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mount.h>

#define DATA_MAX 4000 /* the kernel takes a page */

enum what { SET, CLEAR, DROP, REFUSE };

static const struct word {
	const char *name;
	enum what what;
	unsigned long flag;
} words[] = {
	{ "ro", SET, MS_RDONLY },	 { "rw", CLEAR, MS_RDONLY },
	{ "nosuid", SET, MS_NOSUID },	 { "suid", CLEAR, MS_NOSUID },
	{ "nodev", SET, MS_NODEV },	 { "noexec", SET, MS_NOEXEC },
	{ "exec", CLEAR, MS_NOEXEC },	 { "noatime", SET, MS_NOATIME },
	{ "atime", CLEAR, MS_NOATIME },	 { "nodiratime", SET, MS_NODIRATIME },
	{ "diratime", CLEAR, MS_NODIRATIME }, { "relatime", SET, MS_RELATIME },
	{ "norelatime", CLEAR, MS_RELATIME }, { "strictatime", SET, MS_STRICTATIME },
	{ "lazytime", SET, MS_LAZYTIME }, { "nolazytime", CLEAR, MS_LAZYTIME },
	{ "sync", SET, MS_SYNCHRONOUS }, { "async", CLEAR, MS_SYNCHRONOUS },
	{ "dirsync", SET, MS_DIRSYNC },	 { "nosymfollow", SET, 256 },
	{ "silent", SET, MS_SILENT },	 { "loud", CLEAR, MS_SILENT },
	/* For those who read fstab, not for the kernel. */
	{ "defaults", DROP, 0 }, { "auto", DROP, 0 },	  { "noauto", DROP, 0 },
	{ "user", DROP, 0 },	 { "nouser", DROP, 0 },	  { "users", DROP, 0 },
	{ "owner", DROP, 0 },	 { "group", DROP, 0 },	  { "nofail", DROP, 0 },
	{ "_netdev", DROP, 0 },
	/* Device nodes of a guest stay dead here. */
	{ "dev", REFUSE, 0 },
	{ "bind", REFUSE, 0 },	 { "rbind", REFUSE, 0 },  { "move", REFUSE, 0 },
	{ "remount", REFUSE, 0 }, { "loop", REFUSE, 0 },
};

static const struct word *word_find(const char *s, size_t n)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i].name) == n && !memcmp(words[i].name, s, n))
			return &words[i];
	return NULL;
}

/* "x-systemd.requires=…", "comment=…": somebody's notes. */
static bool is_note(const char *s, size_t n)
{
	return (n > 2 && (s[0] == 'x' || s[0] == 'X') && s[1] == '-') ||
	       (n >= 8 && !memcmp(s, "comment=", 8));
}

static int add_word(struct mount_opts *o, const char *s, size_t n, struct err *e)
{
	const struct word *w = word_find(s, n);

	if (w && w->what == REFUSE)
		return err_set(e, EINVAL, "mount option '%s' is not available here", w->name);
	if (w && w->what == SET)
		o->flags |= w->flag;
	else if (w && w->what == CLEAR)
		o->flags &= ~w->flag;
	else if (!w && !is_note(s, n))
		buf_addf(&o->data, "%s%.*s", o->data.len ? "," : "", (int)n, s);
	return 0;
}

int mount_opts_parse(const char *text, struct mount_opts *ret, struct err *e)
{
	struct mount_opts o = { 0, BUF_INIT };

	if (strlen(text) > DATA_MAX)
		return err_set(e, E2BIG, "the mount options are longer than %d bytes", DATA_MAX);
	while (*text) {
		size_t n = strcspn(text, ",");

		if (n && add_word(&o, text, n, e) < 0) {
			mount_opts_release(&o);
			return -1;
		}
		text += n + (text[n] == ',');
	}
	*ret = o;
	return 0;
}

void mount_opts_release(struct mount_opts *o)
{
	buf_release(&o->data);
}

void mount_opts_add(struct mount_opts *o, const char *data)
{
	if (data && *data)
		buf_addf(&o->data, "%s%s", o->data.len ? "," : "", data);
}

void mount_opts_words(const struct mount_opts *o, struct buf *ret)
{
	buf_addstr(ret, o->flags & MS_RDONLY ? "ro" : "rw");
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (words[i].what == SET && words[i].flag != MS_RDONLY &&
		    (o->flags & words[i].flag))
			buf_addf(ret, ",%s", words[i].name);
	if (o->data.len)
		buf_addf(ret, ",%s", o->data.data);
}
