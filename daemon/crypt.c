/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See crypt.h. libcryptsetup is loaded when the first key comes: with OpenSSL below it, it would
 * be most of what guestd has to map at its start, and nearly no guest needs it.
 *
 * It is used without udev, without its lock files, without the kernel's keyring and without
 * tokens: there is one process here, and nothing else that could hold a key.
 */
#include "crypt.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "crypt_lib.h"
#include "devices.h"
#include "modules.h"
#include "util/io.h"
#include "util/xalloc.h"

#define LIBRARY "libcryptsetup.so.12"
#define WORDS_MAX 400	      /* bytes of what the library says that are kept */
#define MEMORY_SPARE_KIB 49152 /* what a key slot must leave free */

/* The signatures, and what the library calls the format. */
static const struct kind kinds[] = {
	{ "crypto_LUKS", CRYPT_LUKS, "LUKS" },
	{ "BitLocker", CRYPT_BITLK, "BitLocker" },
};

void opening_end(struct opening *o)
{
	if (o->cd)
		o->lib->free(o->cd);
	buf_release(&o->words);
}

static const struct kind *kind_of(const struct device *d)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (device_is(d, kinds[i].signature))
			return &kinds[i];
	return NULL;
}

void crypt_locked(struct guestd *g, wire_crypts *ret)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++) {
		const struct device *d = st->devices[i];

		if (d->split || d->claimed || !kind_of(d))
			continue;
		ret->v = xreallocarray(ret->v, ret->n + 1, sizeof(*ret->v));
		ret->v[ret->n++] = (wire_crypt){ xstrdup(d->user), xstrdup(d->probe.type),
						 xstrdup(d->probe.uuid) };
	}
}

/* The library with all its functions, or nothing. */
static struct cryptsetup *load(struct err *e)
{
	CLEANUP(free) struct cryptsetup *lib = xcalloc(1, sizeof(*lib));
	void *so = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL);
	bool whole = so != NULL;

	if (!so) {
		err_set(e, ENOSYS, "the appliance cannot open what is encrypted: %s", dlerror());
		return NULL;
	}
#define F(name)                                                              \
	whole = whole && (*(void **)&lib->name = dlsym(so, "crypt_" #name));
	FUNCTIONS(F)
#undef F
	if (!whole) {
		err_set(e, ENOSYS, "the appliance cannot open what is encrypted: %s is too old",
			LIBRARY);
		return NULL;
	}
	lib->metadata_locking(NULL, 0);
	lib->volume_key_keyring(NULL, 0);
	lib->token_external_disable();
	return TAKE(lib);
}

static const struct cryptsetup *library(struct guestd *g, struct err *e)
{
	struct storage *st = storage_of(g);

	if (!st->cryptsetup)
		st->cryptsetup = load(e);
	return st->cryptsetup;
}

/* Errors of the library, in its words, on one line. */
static void note(int level, const char *text, void *ctx)
{
	struct buf *words = ctx;
	size_t n = strcspn(text, "\n");

	if (level == CRYPT_LOG_ERROR && n && words->len + n < WORDS_MAX)
		buf_addf(words, "%s%.*s", words->len ? " " : "", (int)n, text);
}

int opening_failed(const struct opening *o, int r, struct err *e)
{
	if (r == -ENOMEM)
		return err_set(e, ENOMEM, "'%s' cannot be opened: out of memory", o->d->user);
	err_set(e, r == -ENOTSUP || r == -ETXTBSY ? ENOTSUP : EIO, "'%s' (%s) cannot be opened: %s",
		o->d->user, o->kind->words, strerror(-r));
	return o->words.len ? err_hint(e, "%s", o->words.data) : -1;
}

static int read_header(struct opening *o, struct err *e)
{
	int r = o->lib->init(&o->cd, o->d->node);

	if (r < 0)
		return opening_failed(o, r, e);
	o->lib->set_log_callback(o->cd, note, &o->words);
	r = o->lib->load(o->cd, o->kind->format, NULL);
	if (r >= 0)
		return 0;
	err_set(e, EUCLEAN, "the %s header on '%s' is damaged, or of a kind that is not known",
		o->kind->words, o->d->user);
	return o->words.len ? err_hint(e, "%s", o->words.data) : -1;
}

/* The memory that the appliance could give, KiB. */
static unsigned long memory_free(void)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	unsigned long kib = 0;
	struct err e;

	if (file_read(AT_FDCWD, "/proc/meminfo", 65536, &text, &e) < 0)
		return 0;
	const char *s = strstr(text.data ? text.data : "", "MemAvailable:");
	if (!s || sscanf(s, "MemAvailable: %lu", &kib) != 1)
		return 0;
	return kib;
}

/* Slots are made so that a guess takes gigabytes: one that is too large must not be tried. */
static int check_memory(const struct opening *o, int slot, struct err *e)
{
	struct crypt_pbkdf_type how = { 0 };
	unsigned long have = memory_free();

	if (o->lib->keyslot_get_pbkdf(o->cd, slot, &how) < 0 || !how.max_memory_kb)
		return 0;
	if (have >= MEMORY_SPARE_KIB && how.max_memory_kb <= have - MEMORY_SPARE_KIB)
		return 0;
	return err_set(e, ENOMEM,
		       "key slot %d of '%s' takes %u MiB of memory to be tried (%s), and the "
		       "appliance has %lu; a slot that takes less is made in the guest by "
		       "'cryptsetup luksConvertKey --key-slot %d --pbkdf-memory 524288 DEVICE'",
		       slot, o->d->user, (unsigned)(how.max_memory_kb / 1024), how.type,
		       have / 1024, slot);
}

struct key {
	const void *p;
	size_t n;
};

/* One slot: 1 it fits, 0 it does not, -1. */
static int try_slot(struct guestd *g, struct opening *o, int slot, const char *name,
		    const struct key *key, uint32_t flags, struct err *e)
{
	if (check_cancel(g, e) < 0 || check_memory(o, slot, e) < 0)
		return -1;
	buf_drop(&o->words, o->words.len);
	int r = o->lib->activate_by_passphrase(o->cd, name, slot, key->p, key->n, flags);
	if (r >= 0)
		return 1;
	/* A slot without a segment of its own opens nothing. */
	return r == -EPERM || r == -ENOENT ? 0 : opening_failed(o, r, e);
}

/* All slots of that priority, as try_slot(); *ret_n counts them. A failure ends nothing but itself. */
static int try_slots(struct guestd *g, struct opening *o, int priority, const char *name,
		     const struct key *key, uint32_t flags, size_t *ret_n, struct err *e)
{
	int max = o->lib->keyslot_max(o->lib->get_type(o->cd));
	struct err later;
	int rc = 0;

	for (int slot = 0; slot < max; slot++) {
		crypt_keyslot_info is = o->lib->keyslot_status(o->cd, slot);

		if ((is != CRYPT_SLOT_ACTIVE && is != CRYPT_SLOT_ACTIVE_LAST) ||
		    (int)o->lib->keyslot_get_priority(o->cd, slot) != priority)
			continue;
		++*ret_n;
		int r = try_slot(g, o, slot, name, key, flags, rc == 0 ? e : &later);
		if (r > 0 || g->cancelled)
			return r;
		if (r < 0)
			rc = -1;
	}
	return rc;
}

/* LUKS has slots, of which each can take long. */
static int try_luks(struct guestd *g, struct opening *o, const char *name, const struct key *key,
		    uint32_t flags, struct err *e)
{
	static const int priorities[] = { CRYPT_SLOT_PRIORITY_PREFER, CRYPT_SLOT_PRIORITY_NORMAL };
	size_t n = 0;
	struct err later;
	int rc = 0;

	for (size_t i = 0; i < ARRAY_SIZE(priorities); i++) {
		int r = try_slots(g, o, priorities[i], name, key, flags, &n, rc == 0 ? e : &later);

		if (r > 0 || g->cancelled)
			return r;
		if (r < 0)
			rc = -1;
	}
	if (!n)
		return err_set(e, EUCLEAN, "'%s' (%s) has no key slot in use: nothing can open it",
			       o->d->user, o->kind->words);
	return rc;
}

static int try_key(struct guestd *g, struct opening *o, const char *name, const struct key *key,
		   uint32_t flags, struct err *e)
{
	int r;

	if (o->kind->format == CRYPT_LUKS)
		return try_luks(g, o, name, key, flags, e);
	r = o->lib->activate_by_passphrase(o->cd, name, CRYPT_ANY_SLOT, key->p, key->n, flags);
	if (r >= 0)
		return 1;
	/* EINVAL without a word is what a recovery key gets that is well formed and not the one. */
	return r == -EPERM || (r == -EINVAL && !o->words.len) ? 0 : opening_failed(o, r, e);
}

/* What a header calls a UUID can be any bytes. */
static bool is_uuid(const char *s)
{
	size_t n = strspn(s, "0123456789abcdefABCDEF-");

	return n > 0 && n <= 36 && !s[n];
}

static bool is_taken(struct guestd *g, const char *name)
{
	struct storage *st = storage_of(g);

	for (size_t i = 0; i < st->n_devices; i++)
		if (st->devices[i]->mapper && !strcmp(st->devices[i]->mapper, name))
			return true;
	return false;
}

/*
 * "luks-UUID", or where there is none "cryptsda2"; a number after it where a disk and its copy
 * are there.
 */
static void name_mapping(struct guestd *g, const struct device *d, char ret[NAME_BYTES])
{
	char base[NAME_BYTES - 8] = "crypt";
	size_t n = strlen(base);

	if (is_uuid(d->probe.uuid))
		snprintf(base, sizeof(base), "luks-%s", d->probe.uuid);
	else
		for (const char *s = d->user + strlen("/dev/"); *s && n + 1 < sizeof(base); s++)
			if (isalnum((unsigned char)*s))
				base[n++] = *s;
	snprintf(ret, NAME_BYTES, "%s", base);
	for (unsigned i = 2; is_taken(g, ret) && i < 1000; i++)
		snprintf(ret, NAME_BYTES, "%s-%u", base, i);
}

/* Takes it down, at the end of a session that writes. */
static int stop(struct guestd *g, struct device *d, struct err *e)
{
	const struct cryptsetup *lib = library(g, e);
	int r = lib ? lib->deactivate_by_name(NULL, d->mapper, 0) : 0;

	return r < 0 ? err_set(e, -r, "cannot close '%s': %s", d->user, strerror(-r)) : lib ? 0 : -1;
}

int opening_join(struct guestd *g, struct opening *o, char **ret_user, struct err *e)
{
	const char *name = o->name;
	CLEANUP(free) char *user = xasprintf("/dev/mapper/%s", name);
	CLEANUP(free) char *node = NULL;
	struct device *d;
	struct stat st;

	if (stat(user, &st) < 0)
		err_sys(e, "cannot find '%s'", user);
	else
		node = xasprintf("/dev/dm-%u", minor(st.st_rdev));
	d = node ? devices_add(g, DEVICE_CRYPT, user, node, o->d) : NULL;
	if (node && !d)
		err_set(e, E2BIG, "'%s' is left out: there are too many volumes", user);
	if (!d) {
		o->lib->deactivate_by_name(NULL, name, 0);
		return -1;
	}
	d->mapper = xstrdup(name);
	d->stop = stop;
	*ret_user = TAKE(user);
	return 0;
}

/* Nothing may be written to what lies on a disk that is sealed. */
static bool is_sealed(const struct device *d)
{
	CLEANUP(fd_close) int fd = open(d->node, O_RDONLY | O_CLOEXEC);
	int ro = 0;

	return fd < 0 || ioctl(fd, BLKROGET, &ro) < 0 || ro;
}

int opening_begin(struct guestd *g, const char *name, struct opening *o, struct err *e)
{
	struct device *d = device_find(g, name, e);

	if (!d)
		return -1;
	device_probe(d);
	o->d = d;
	o->kind = kind_of(d);
	if (!o->kind || d->split)
		return err_set(e, EINVAL, "'%s' is not encrypted, as far as is known: %s", d->user,
			       d->split ? "it is divided into partitions" : d->probe.type);
	if (d->claimed)
		return err_set(e, EALREADY, "'%s' is open already", d->user);
	o->lib = library(g, e);
	if (!o->lib || module_load(g, "dm_crypt", e) < 0 || read_header(o, e) < 0)
		return -1;
	o->flags = CRYPT_ACTIVATE_IGNORE_PERSISTENT;
	if (is_sealed(d))
		o->flags |= CRYPT_ACTIVATE_READONLY;
	else /* guestd discards only where that is what it was asked for */
		o->flags |= CRYPT_ACTIVATE_ALLOW_DISCARDS;
	name_mapping(g, d, o->name);
	return 0;
}

int opening_refuse(const struct opening *o, struct err *e)
{
	return err_set(e, ENOKEY, "the key does not open '%s' (%s)", o->d->user, o->kind->words);
}

int crypt_unlock(struct guestd *g, const char *name, const void *key, size_t n, char **ret_name,
		 struct err *e)
{
	CLEANUP(opening_end) struct opening o = { .cd = NULL };
	const struct key k = { key, n };

	if (opening_begin(g, name, &o, e) < 0)
		return -1;
	int r = try_key(g, &o, o.name, &k, o.flags, e);
	if (r == 0)
		return opening_refuse(&o, e);
	return r < 0 ? -1 : opening_join(g, &o, ret_name, e);
}
