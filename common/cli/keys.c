/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See keys.h. */
#include "cli/keys.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/derive.h"
#include "cli/interrupt.h"
#include "cli/safe.h"
#include "cli/tool.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "vm/calls.h"

#define TRIES 3 /* on a terminal */
#define TOLD  4 /* devices that a message names */
#define NO_SUCH_WAY 2

int keys_add(struct keys *k, char *arg, struct err *e)
{
	struct key one;

	if (key_parse(arg, &one, e) < 0)
		return -1;
	k->v = xreallocarray(k->v, k->n + 1, sizeof(*k->v));
	k->v[k->n++] = one;
	return 0;
}

void keys_release(struct keys *k)
{
	for (size_t i = 0; i < k->n; i++)
		key_release(&k->v[i]);
	for (size_t i = 0; i < k->n_answered; i++)
		key_release(&k->answered[i]);
	free(k->v);
	free(k->answered);
	strvec_release(&k->left);
	strvec_release(&k->damaged);
	*k = (struct keys){ 0 };
}

/* "LUKS", "BitLocker": what people call it. */
static const char *kind(const wire_crypt *d)
{
	return !strcmp(d->type, "crypto_LUKS") ? "LUKS" : d->type;
}

static void tell_opened(struct cli *c, const wire_crypt *d, const char *name, const char *by)
{
	CLEANUP(free) char *words =
		xasprintf("opened %s (%s) as %s with %s", d->device, kind(d), name, by);

	report_step(&c->report, words);
}

/* One slot with a key: as try(), or NO_SUCH_WAY. */
static int try_slot(struct cli *c, const wire_crypt *d, const wire_key_slot *slot,
		    const uint8_t *p, size_t n, const char *by, struct err *e)
{
	CLEANUP(secret_release) struct secret made = SECRET_INIT;
	CLEANUP(unlock_slot_ret_release) struct unlock_slot_ret r = { 0 };

	if (derive(slot, p, n, &made, e) < 0)
		return NO_SUCH_WAY;
	if (interrupt_caught())
		return err_set(e, ECANCELED, "interrupted");
	const struct unlock_slot_args a = {
		.device = d->device,
		.slot = slot->slot,
		.key = { (uint32_t)made.len, made.data },
	};
	if (call_unlock_slot(c->session, &a, &r, e) < 0)
		return e->no == ENOKEY ? 0 : e->no == ENOTSUP ? NO_SUCH_WAY : -1;
	tell_opened(c, d, r.name, by);
	return 1;
}

/* The slots of LUKS one after the other, with what the key becomes here. As try_slot(). */
static int try_slots(struct cli *c, const wire_crypt *d, const uint8_t *p, size_t n,
		     const char *by, struct err *e)
{
	const struct key_slots_args a = { .device = d->device };
	CLEANUP(key_slots_ret_release) struct key_slots_ret r = { 0 };

	if (call_key_slots(c->session, &a, &r, e) < 0)
		return e->no == ENOTSUP ? NO_SUCH_WAY : -1;
	for (uint32_t i = 0; i < r.slots.n; i++) {
		int rc = try_slot(c, d, &r.slots.v[i], p, n, by, e);

		if (rc)
			return rc;
	}
	return 0;
}

/* One attempt: 1 opened, 0 the key does not fit, -1. by: which key it is, for -v. */
static int try(struct cli *c, const wire_crypt *d, const uint8_t *p, size_t n, const char *by,
	       struct err *e)
{
	const struct unlock_args a = {
		.device = d->device,
		.key = { (uint32_t)n, (uint8_t *)(uintptr_t)p }, /* only read */
	};
	CLEANUP(unlock_ret_release) struct unlock_ret r = { 0 };

	int slots = try_slots(c, d, p, n, by, e);

	if (slots != NO_SUCH_WAY)
		return slots;
	if (call_unlock(c->session, &a, &r, e) < 0)
		return e->no == ENOKEY ? 0 : -1;
	tell_opened(c, d, r.name, by);
	return 1;
}

/* One of --key, in its forms; as try(). */
static int try_key(struct cli *c, const wire_crypt *d, struct key *k, struct err *e)
{
	CLEANUP(free) char *by = key_words(k);
	size_t n;

	if (key_read(k, e) < 0)
		return -1;
	for (size_t i = 0; key_form(k, i, &n); i++) {
		int r = try(c, d, k->bytes.data, n, by, e);

		if (r)
			return r;
	}
	return 0;
}

/*
 * Those of --key that are for it, as try(). What goes wrong with one does not keep the next
 * from being tried; *ret_n counts them.
 */
static int try_given(struct cli *c, const wire_crypt *d, size_t *ret_n, struct err *e)
{
	struct keys *keys = &c->images.keys;
	struct err later = ERR_INIT;
	int rc = 0;

	for (size_t i = 0; i < keys->n; i++) {
		if (!key_is_for(&keys->v[i], d))
			continue;
		++*ret_n;
		int r = try_key(c, d, &keys->v[i], rc == 0 ? e : &later);
		if (r > 0 || tool_must_stop(c))
			return r;
		if (r < 0)
			rc = -1;
		if (r < 0 && (e->no == EUCLEAN || later.no == EUCLEAN))
			break; /* no other key is of use either */
	}
	return rc;
}

static int no_key_fits(const wire_crypt *d, const char *what, struct err *e)
{
	return err_set(e, ENOKEY,
		       "could not find key to open %s encrypted '%s': %s; give another with "
		       "--key %s:file:PATH",
		       kind(d), d->device, what, d->device);
}

/* Keeps an answer that fits, which s has no more then. */
static void remember(struct keys *k, const wire_crypt *d, struct secret *s)
{
	k->answered = xreallocarray(k->answered, k->n_answered + 1, sizeof(*k->answered));
	k->answered[k->n_answered++] = (struct key){
		.id = xstrdup(*d->uuid ? d->uuid : d->device),
		.type = KEY_STRING,
		.is_read = true,
		.bytes = *s,
	};
	*s = (struct secret){ 0 };
}

/* Those that were told in an earlier session of this run, as try(). */
static int try_answered(struct cli *c, const wire_crypt *d, struct err *e)
{
	const struct keys *k = &c->images.keys;
	int r = 0;

	for (size_t i = 0; r == 0 && i < k->n_answered; i++)
		if (key_is_for(&k->answered[i], d))
			r = try(c, d, k->answered[i].bytes.data, k->answered[i].bytes.len,
				"what was told before", e);
	return r;
}

/* Asks a person, who may mistype, or leave it locked with an empty line. As try(). */
static int ask_person(struct cli *c, const wire_crypt *d, int tty, struct err *e)
{
	CLEANUP(buf_release) struct buf prompt = BUF_INIT;

	progress_hide(&c->report.progress);
	buf_addstr(&prompt, "Enter key or passphrase (\"");
	safe_add(&prompt, d->device, SAFE_MESSAGE);
	buf_addstr(&prompt, "\"): ");
	for (int i = 0; i < TRIES; i++) {
		CLEANUP(secret_release) struct secret s = SECRET_INIT;

		if (ask_on(tty, prompt.data, c->images.keys.echo, &s, e) < 0)
			return -1;
		if (!s.len)
			return 0;
		int r = try(c, d, s.data, s.len, "what was typed", e);
		if (r > 0)
			remember(&c->images.keys, d, &s);
		if (r)
			return r;
		if (i + 1 < TRIES)
			report_say(&c->report, "%s", e->msg);
	}
	return no_key_fits(d, "no key that was typed fits", e);
}

/* The next line of stdin, of which an empty one leaves it locked. As try(). */
static int ask_stdin(struct cli *c, const wire_crypt *d, struct err *e)
{
	CLEANUP(secret_release) struct secret s = SECRET_INIT;
	int r;

	if (ask_line(STDIN_FILENO, &s, e) < 0)
		return err_hint(e, "it is for '%s'", d->device);
	if (!s.len)
		return 0;
	r = try(c, d, s.data, s.len, "a line of the standard input", e);
	if (r > 0)
		remember(&c->images.keys, d, &s);
	return r ? r : no_key_fits(d, "the line of the standard input does not fit", e);
}

/* Opens one: 1, 0 where it stays locked, -1. */
static int unlock(struct cli *c, const wire_crypt *d, struct err *e)
{
	CLEANUP(fd_close) int tty = -1;
	size_t n = 0;
	int r = try_given(c, d, &n, e);

	if (r > 0)
		return r;
	if (n && r == 0)
		return no_key_fits(d, n == 1 ? "the key given does not fit" : "no key given fits", e);
	if (n)
		return -1;
	r = try_answered(c, d, e);
	if (r)
		return r;
	if (c->images.keys.from_stdin)
		return ask_stdin(c, d, e);
	tty = ask_terminal();
	return tty < 0 ? 0 : ask_person(c, d, tty, e);
}

static bool has(const struct strvec *v, const char *device)
{
	for (size_t i = 0; i < v->n; i++)
		if (!strcmp(v->v[i], device))
			return true;
	return false;
}

int keys_unlock(struct cli *c, const wire_crypts *locked, struct err *e)
{
	struct keys *k = &c->images.keys;
	bool opened = false;

	for (uint32_t i = 0; i < locked->n; i++) {
		const wire_crypt *d = &locked->v[i];
		struct err why = ERR_INIT;

		if (has(&k->left, d->device))
			continue;
		int r = unlock(c, d, &why);
		if (r < 0 && (why.no != EUCLEAN || tool_must_stop(c))) {
			*e = why;
			return -1;
		}
		/* A header that is damaged keeps nobody from the rest of the disk. */
		if (r < 0) {
			report_warn(&c->report, why.msg);
			strvec_add(&k->damaged, d->device);
		}
		if (r <= 0)
			strvec_add(&k->left, d->device);
		opened |= r > 0;
	}
	return opened;
}

void keys_tell_locked(struct cli *c, const wire_crypts *locked, struct err *e)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	const wire_crypt *last = NULL;
	uint32_t n = 0;

	for (uint32_t i = 0; i < locked->n; i++) {
		const wire_crypt *d = &locked->v[i];

		if (has(&c->images.keys.damaged, d->device))
			continue;
		last = d;
		if (n++ < TOLD)
			buf_addf(&b, "%s'%s' (%s%s%s)", n > 1 ? ", " : "", d->device, kind(d),
				 *d->uuid ? ", UUID " : "", d->uuid);
	}
	if (!n)
		return;
	if (n > TOLD)
		buf_addf(&b, " and %u more", n - TOLD);
	buf_addf(&b, " %s encrypted and locked: give the key with --key %s:file:PATH",
		 n == 1 ? "is" : "are", n == 1 ? last->device : "ID");
	if (e)
		err_hint(e, "%s", b.data);
	else
		report_warn(&c->report, b.data);
}
