/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See os_release.h. This file has the parsers, os_release_files.c the list of files. */
#include "daemon/inspect/os_release.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/inspect/os_distro.h"
#include "daemon/osrelease.h"
#include "util/cleanup.h"
#include "util/xalloc.h"

#define NUMBER_DIGITS 9 /* of a version: longer ones are none */

void release_release(struct release *r)
{
	free(r->distro);
	free(r->product);
	free(r->id);
	free(r->version_id);
	free(r->id_like);
	free(r->build_id);
	*r = (struct release)RELEASE_INIT;
}

/* Puts a string in the place of one. */
static void set(char **at, char *s)
{
	free(*at);
	*at = s;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number at s[at]; returns the digits, 0 for none or too many. */
static size_t number_at(struct span s, size_t at, unsigned *ret)
{
	size_t n = 0;
	unsigned v = 0;

	for (; at + n < s.n && is_digit(s.s[at + n]); n++)
		if (n < NUMBER_DIGITS)
			v = v * 10 + (unsigned)(s.s[at + n] - '0');
	*ret = v;
	return n <= NUMBER_DIGITS ? n : 0;
}

/* ".34" at s[at]. */
static bool minor_at(struct span s, size_t at, unsigned *ret)
{
	return at < s.n && s.s[at] == '.' && number_at(s, at + 1, ret);
}

bool release_version(struct span s, unsigned *ret_major, unsigned *ret_minor)
{
	bool found = false;

	for (size_t i = 0; i < s.n; i++) {
		unsigned major, minor;
		size_t n = number_at(s, i, &major);

		if (!n) {
			while (i + 1 < s.n && is_digit(s.s[i]) && is_digit(s.s[i + 1]))
				i++;
			continue;
		}
		if (minor_at(s, i + n, &minor)) {
			*ret_major = major;
			*ret_minor = minor;
			return true;
		}
		if (!found) {
			*ret_major = major;
			*ret_minor = 0;
			found = true;
		}
		i += n - 1;
	}
	return found;
}

/* Where a word is in a text, or its end. */
static size_t find(struct span s, size_t from, const char *word)
{
	const char *at = from < s.n ? memmem(s.s + from, s.n - from, word, strlen(word)) : NULL;

	return at ? (size_t)(at - s.s) : s.n;
}

bool release_after(struct span s, const char *word, unsigned *ret_major, unsigned *ret_minor)
{
	static const char release[] = "release ", update[] = "Update ";
	size_t at = find(s, 0, word), n = 0;
	unsigned major = 0, minor = 0;

	if (at == s.n)
		return false;
	for (at += strlen(word); !n;) {
		at = find(s, at, release);
		if (at == s.n)
			return false;
		at += sizeof(release) - 1;
		n = number_at(s, at, &major);
	}
	size_t up = find(s, at + n, update);
	if (up == s.n || !number_at(s, up + sizeof(update) - 1, &minor))
		if (!minor_at(s, at + n, &minor))
			minor = 0;
	*ret_major = major;
	*ret_minor = minor;
	return true;
}

static void set_version(struct release *r, struct span s)
{
	unsigned major, minor;

	if (!release_version(s, &major, &minor))
		return;
	r->major = major;
	r->minor = minor;
	r->versioned = true;
}

void release_parse_line(struct span line, struct release *r)
{
	set(&r->product, span_dup(line));
	set_version(r, line);
}

/* A value of "KEY=value" with that key, unquoted, or NULL where the line has another. */
static char *value_of(struct span line, const char *key)
{
	size_t n = strlen(key);

	if (line.n <= n || line.s[n] != '=' || memcmp(line.s, key, n) != 0)
		return NULL;
	return osrelease_value(line.s, line.n, key);
}

/* An ID as one word that can be a distro's: lower case letters, digits and "._-". */
static char *id_word(const char *id)
{
	CLEANUP(free) char *s = xstrdup(id);

	if (strlen(s) > 64)
		return NULL;
	for (char *p = s; *p; p++) {
		*p = (char)tolower((unsigned char)*p);
		if (!islower((unsigned char)*p) && !is_digit(*p) && !strchr("._-", *p))
			return NULL;
	}
	return *s ? TAKE(s) : NULL;
}

/* The keys of os-release that count, each with its place in struct release or in more. */
enum { OS_ID, OS_LIKE, OS_PRETTY, OS_VERSION_ID, OS_BUILD, OS_KEYS };

static const char *const os_keys[OS_KEYS] = {
	[OS_ID] = "ID",
	[OS_LIKE] = "ID_LIKE",
	[OS_PRETTY] = "PRETTY_NAME",
	[OS_VERSION_ID] = "VERSION_ID",
	[OS_BUILD] = "BUILD_ID",
};

/* Takes the values out of an os-release; of a key that is there twice the last. */
static void os_values(struct span text, char *v[OS_KEYS])
{
	struct span line;

	while (span_line(&text, &line)) {
		line = span_trim(line);
		for (size_t i = 0; i < OS_KEYS; i++) {
			char *value = value_of(line, os_keys[i]);

			if (value) {
				set(&v[i], value);
				break;
			}
		}
	}
}

/* NeoKylin has "V7Update6", all others numbers. */
static void set_version_id(struct release *r, const char *id)
{
	static const char update[] = "Update";
	struct span s = { id, strlen(id) };
	unsigned major, minor;
	size_t n = s.n && s.s[0] == 'V' ? number_at(s, 1, &major) : 0;
	size_t at = 1 + n + sizeof(update) - 1;

	if (n && find(s, 0, update) == 1 + n && number_at(s, at, &minor)) {
		r->major = major;
		r->minor = minor;
		r->versioned = true;
		return;
	}
	set_version(r, s);
}

/* Is it all said, or is a release file to be asked as well? */
static bool os_enough(const struct release *r, const struct id_row *row)
{
	const struct distro *d = r->distro ? distro_find(r->distro) : NULL;
	const unsigned flags = row ? row->flags : 0;

	if (r->distro && (!d || d->by_id))
		return true;
	if (!d || !r->product || (flags & ID_FILES))
		return false;
	if (!r->versioned)
		return flags & ID_ROLLING;
	return !(flags & ID_MINOR) || r->minor;
}

bool release_parse_os(struct span text, struct release *r)
{
	char *v[OS_KEYS] = { NULL };
	const struct id_row *row;

	os_values(text, v);
	set(&r->id, v[OS_ID]);
	set(&r->version_id, v[OS_VERSION_ID]);
	set(&r->id_like, v[OS_LIKE]);
	set(&r->build_id, v[OS_BUILD]);
	set(&r->product, v[OS_PRETTY] && *v[OS_PRETTY] ? TAKE(v[OS_PRETTY]) : NULL);
	free(v[OS_PRETTY]);
	row = r->id ? distro_id(r->id) : NULL;
	set(&r->distro, row ? xstrdup(row->distro) : r->id ? id_word(r->id) : NULL);
	if (r->version_id)
		set_version_id(r, r->version_id);
	return os_enough(r, row);
}

/* Takes DISTRIB_ID; a word that is not known only where nothing better was said. */
static bool lsb_distro(const char *id, struct release *r)
{
	CLEANUP(free) char *word = id_word(id);
	const struct id_row *row = word ? distro_id(word) : NULL;
	const char *distro = row ? row->distro : word;

	if (!distro || (r->distro && !distro_find(distro)))
		return false;
	set(&r->distro, xstrdup(distro));
	return true;
}

/* Of some there are only the modules of the LSB: those say nothing. */
bool release_parse_lsb(struct span text, struct release *r)
{
	struct span line;
	bool enough = false;

	while (span_line(&text, &line)) {
		line = span_trim(line);
		CLEANUP(free) char *id = value_of(line, "DISTRIB_ID");
		CLEANUP(free) char *version = value_of(line, "DISTRIB_RELEASE");
		char *product = value_of(line, "DISTRIB_DESCRIPTION");

		if (id)
			enough |= lsb_distro(id, r);
		if (version)
			set_version(r, (struct span){ version, strlen(version) });
		enough |= product != NULL;
		if (product)
			set(&r->product, product);
	}
	return enough;
}

/* "VERSION = 11" on some line. */
static bool suse_number(struct span text, const char *key, unsigned *ret)
{
	struct span line;

	while (span_line(&text, &line))
		if (span_starts(line, key) && number_at(line, strlen(key), ret))
			return true;
	return false;
}

static bool starts_with_one(struct span s, const char *const *words)
{
	for (; *words; words++)
		if (span_starts(s, *words))
			return true;
	return false;
}

bool release_parse_suse(struct span text, struct release *r)
{
	static const char *const enterprise[] = { "SUSE Linux Enterprise ",
						  "SUSE LINUX Enterprise ",
						  "Novell Linux Desktop ", NULL };
	static const char *const open[] = { "openSUSE ", "SuSE Linux ", "SUSE LINUX ", NULL };
	struct span rest = text, name, version = { "", 0 };
	unsigned major, minor;

	if (!span_line(&rest, &name))
		name = version;
	span_line(&rest, &version);
	name = span_trim(name);
	if (name.n)
		set(&r->product, span_dup(name));
	if (starts_with_one(name, enterprise)) {
		set(&r->distro, xstrdup("sles"));
		if (suse_number(text, "VERSION = ", &major)) {
			r->major = major;
			r->minor = suse_number(text, "PATCHLEVEL = ", &minor) ? minor : 0;
			r->versioned = true;
		}
	} else {
		const bool is_open = starts_with_one(name, open);

		set(&r->distro, xstrdup(is_open ? "opensuse" : "suse-based"));
		set_version(r, version);
	}
	return true;
}
