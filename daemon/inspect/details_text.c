/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See details_text.h. */
#include "details_text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "util/cleanup.h"
#include "util/xalloc.h"

#define LINE_MAX_BYTES	8192 /* longer lines are passed over */
#define UID_FIRST	1000
#define UID_NOBODY	65534
#define PASSWD_FIELDS	7

/* What is left of a text. */
struct text {
	const char *p, *end;
};

/* The next line as a string without blanks around it; the caller frees. NULL at the end. */
static char *next_line(struct text *t)
{
	while (t->p < t->end) {
		const char *line = t->p, *nl = memchr(line, '\n', (size_t)(t->end - line));
		const char *stop = nl ? nl : t->end;

		t->p = nl ? nl + 1 : t->end;
		while (line < stop && strchr(" \t\r", *line) && *line)
			line++;
		while (stop > line && strchr(" \t\r", stop[-1]) && stop[-1])
			stop--;
		const size_t len = (size_t)(stop - line);
		if (len && len <= LINE_MAX_BYTES && !memchr(line, '\0', len))
			return xmemdup0(line, len);
	}
	return NULL;
}

/* Is shell a line of a shells(5)? */
static bool has_line(const char *shells, size_t n, const char *shell)
{
	struct text t = { shells, shells + n };
	bool found = false;
	char *line;

	while (!found && (line = next_line(&t))) {
		found = !strcmp(line, shell);
		free(line);
	}
	return found;
}

/* Can one log in with it? Those that only say no may be among the shells, too. */
static bool is_login_shell(const char *shell, const char *shells, size_t n)
{
	const char *base = strrchr(shell, '/');
	const size_t len = strlen(shell);

	base = base ? base + 1 : shell;
	if (!strcmp(base, "nologin") || !strcmp(base, "false"))
		return false;
	return (len >= 2 && !strcmp(shell + len - 2, "sh")) || has_line(shells, n, shell);
}

/* Splits a line of passwd in place. */
static bool split(char *line, char *field[PASSWD_FIELDS])
{
	for (int i = 0; i < PASSWD_FIELDS; i++) {
		field[i] = line;
		line += strcspn(line, ":");
		if (*line)
			*line++ = '\0';
		else if (i < PASSWD_FIELDS - 1)
			return false;
	}
	return true;
}

/* A number that is a user's id, and nothing but that. */
static bool parse_uid(const char *s, uint32_t *ret)
{
	char *end;
	const unsigned long long v = strtoull(s, &end, 10);

	*ret = (uint32_t)v;
	return *s >= '0' && *s <= '9' && !*end && v <= UINT32_MAX;
}

bool text_users(const char *passwd, size_t n, const char *shells, size_t n_shells, size_t max,
		wire_users *ret)
{
	struct text t = { passwd, passwd + n };
	size_t cap = ret->n;
	char *line;

	for (; (line = next_line(&t)); free(line)) {
		char *f[PASSWD_FIELDS];
		uint32_t uid;

		if (*line == '#' || !split(line, f) || !*f[0] || !parse_uid(f[2], &uid))
			continue;
		if (uid && (uid < UID_FIRST || uid == UID_NOBODY))
			continue;
		const char *shell = *f[6] ? f[6] : "/bin/sh";
		if (!is_login_shell(shell, shells, n_shells))
			continue;
		if (ret->n >= max) {
			free(line);
			return false;
		}
		if (ret->n == cap) {
			cap = cap ? cap * 2 : 8;
			ret->v = xreallocarray(ret->v, cap, sizeof(*ret->v));
		}
		ret->v[ret->n++] = (wire_user){
			.name = xstrdup(f[0]),
			.uid = uid,
			.home = xstrdup(f[5]),
			.shell = xstrdup(shell),
		};
	}
	return true;
}

/* The value of a line "key=value" or "key value", or NULL; borrowed from the line. */
static const char *value_of(const char *line, const char *key, char sep)
{
	const size_t len = strlen(key);

	if (strncmp(line, key, len))
		return NULL;
	const char *s = line + len;
	if (sep == '=') {
		s += strspn(s, " \t");
		return *s == '=' ? s + 1 + strspn(s + 1, " \t") : NULL;
	}
	return *s == ' ' || *s == '\t' ? s + strspn(s, " \t") : NULL;
}

static const char *const selinux_modes[] = { "enforcing", "permissive", "disabled" };

const char *text_selinux(const char *text, size_t n)
{
	struct text t = { text, text + n };
	const char *mode = "", *value;
	char *line;

	for (; (line = next_line(&t)); free(line)) {
		value = value_of(line, "SELINUX", '=');
		for (size_t i = 0; value && i < ARRAY_SIZE(selinux_modes); i++)
			if (!strncasecmp(value, selinux_modes[i], strlen(selinux_modes[i])))
				mode = selinux_modes[i];
	}
	return mode;
}

const char *text_selinux_args(const char *mode, const char *args)
{
	while (*args) {
		const size_t len = strcspn(args, " \t");

		if (len == 9 && !strncmp(args, "selinux=0", len))
			return "disabled";
		if (len == 11 && !strncmp(args, "enforcing=0", len) && !strcmp(mode, "enforcing"))
			mode = "permissive";
		else if (len == 11 && !strncmp(args, "enforcing=1", len) &&
			 !strcmp(mode, "permissive"))
			mode = "enforcing";
		args += len;
		args += strspn(args, " \t");
	}
	return mode;
}

/* A copy in place of what was there before. */
static void set(char **to, const char *s)
{
	free(*to);
	*to = xstrdup(s);
}

/* The last word of a line that names files, if it is no microcode. */
static void set_initrd(char **to, const char *value)
{
	while (*value) {
		const size_t len = strcspn(value, " \t");
		CLEANUP(free) char *word = xmemdup0(value, len);

		/* grub's variables, "$tuned_initrd", are not of the specification */
		if (*word != '$' && !strstr(word, "ucode"))
			set(to, word);
		value += len;
		value += strspn(value, " \t");
	}
}

void text_boot_entry(const char *text, size_t n, struct boot_entry *ret)
{
	struct text t = { text, text + n };
	const char *v;
	char *line;

	*ret = (struct boot_entry){ 0 };
	for (; (line = next_line(&t)); free(line)) {
		if ((v = value_of(line, "linux", ' ')) || (v = value_of(line, "efi", ' ')) ||
		    (v = value_of(line, "uki", ' ')))
			set(&ret->kernel, v);
		else if ((v = value_of(line, "initrd", ' ')))
			set_initrd(&ret->initrd, v);
		else if ((v = value_of(line, "options", ' ')) && !ret->options)
			set(&ret->options, v);
		else if ((v = value_of(line, "version", ' ')))
			set(&ret->version, v);
	}
}

void boot_entry_release(struct boot_entry *b)
{
	free(b->kernel);
	free(b->initrd);
	free(b->options);
	free(b->version);
	*b = (struct boot_entry){ 0 };
}

char *text_grub_args(const char *text, size_t n)
{
	static const char *const commands[] = { "linux", "linux16", "linuxefi", "kernel" };
	struct text t = { text, text + n };
	char *args = NULL, *line;

	for (; !args && (line = next_line(&t)); free(line)) {
		for (size_t i = 0; !args && i < ARRAY_SIZE(commands); i++) {
			const char *v = value_of(line, commands[i], ' ');

			if (v)
				args = xstrdup(v + strcspn(v, " \t"));
		}
	}
	return args;
}

char *text_grubenv(const char *text, size_t n, const char *name)
{
	struct text t = { text, text + n };
	char *value = NULL, *line;

	for (; !value && (line = next_line(&t)); free(line)) {
		const char *v = value_of(line, name, '=');

		if (v)
			value = xstrdup(v);
	}
	return value;
}
