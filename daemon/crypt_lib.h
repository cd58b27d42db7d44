/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of crypt.h share: libcryptsetup as it was loaded, and a device being opened. */
#ifndef DAEMON_CRYPT_LIB_H
#define DAEMON_CRYPT_LIB_H

#include <libcryptsetup.h>

#include "guestd.h"
#include "storage.h"

#define NAME_BYTES 64 /* of a mapping's name, at the most */

/* The library's functions that are used, without their crypt_. */
#define FUNCTIONS(F)                                                                           \
	F(init) F(free) F(load) F(get_type) F(set_log_callback) F(metadata_locking)            \
	F(volume_key_keyring) F(token_external_disable) F(keyslot_max) F(keyslot_status)       \
	F(keyslot_get_priority) F(keyslot_get_pbkdf) F(activate_by_passphrase)                 \
	F(deactivate_by_name) F(dump_json) F(keyslot_area) F(keyslot_get_encryption)           \
	F(keyslot_get_key_size) F(activate_by_volume_key)

struct cryptsetup {
#define F(name) __typeof__(crypt_##name) *name;
	FUNCTIONS(F)
#undef F
};

/* What the library calls a format, by its signature. */
struct kind {
	const char *signature;
	const char *format;
	const char *words;
};

/* A device that is being opened. */
struct opening {
	const struct cryptsetup *lib;
	struct device *d;
	const struct kind *kind;
	struct crypt_device *cd;
	struct buf words;      /* what the library complained of */
	char name[NAME_BYTES]; /* of the mapping that is to be */
	uint32_t flags;	       /* for its activation */
};

/* Reads the header of an encrypted device that is not open. o is zeroed before. */
int opening_begin(struct guestd *g, const char *name, struct opening *o, struct err *e);
/* After the library has made the mapping: it joins the devices, as *ret_user. */
int opening_join(struct guestd *g, struct opening *o, char **ret_user, struct err *e);
/* A failure of the library, -errno, other than that of a key that does not fit. Returns -1. */
int opening_failed(const struct opening *o, int r, struct err *e);
/* The key does not fit. Returns -1. */
int opening_refuse(const struct opening *o, struct err *e);
void opening_end(struct opening *o);

static inline void opening_end_p(struct opening *o)
{
	opening_end(o);
}

#endif
