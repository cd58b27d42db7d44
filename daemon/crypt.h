/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is encrypted: LUKS and BitLocker, on whatever device, opened by libcryptsetup.
 *
 * Nothing is opened by itself: devices_probe() leaves the signature where it is, crypt_locked()
 * names it, and a key that fits adds what is inside to the devices, so that the next
 * devices_probe() goes on from there. It is closed as all mappings are, by devices_stop().
 */
#ifndef DAEMON_CRYPT_H
#define DAEMON_CRYPT_H

#include "guestd.h"

/*
 * Adds what is encrypted and not open to *ret, in the order of the devices. Goes by the
 * signatures that devices_probe() has read, and reads nothing.
 */
void crypt_locked(struct guestd *g, wire_crypts *ret);

/*
 * Tries a key of n bytes on the device of that name, in any spelling. What is inside is then
 * a device, whose name is *ret_name, to be freed. It may be written to if the session may
 * write to the device.
 *
 * ENOKEY: the key fits none of its slots. EUCLEAN: its header is damaged. ENOMEM: there are
 * slots that the appliance has not enough memory for, and the key fits none of the others.
 * EINVAL: it is not encrypted. EALREADY: it is open.
 */
int crypt_unlock(struct guestd *g, const char *name, const void *key, size_t n, char **ret_name,
		 struct err *e);

/*
 * The slots of LUKS that a key can be tried on, those first that are to be tried first: what
 * has to be done with a key before it is given to crypt_unlock_slot(). ENOTSUP where this way
 * is not to be had, and crypt_unlock() is the only one.
 */
int crypt_slots(struct guestd *g, const char *name, wire_key_slots *ret, struct err *e);

/*
 * As crypt_unlock(), with what became of a key by the slot's function. The function is what
 * takes a second of a processor that is not emulated, and minutes of one that is.
 */
int crypt_unlock_slot(struct guestd *g, const char *name, uint32_t slot, const void *key, size_t n,
		      char **ret_name, struct err *e);

#endif
