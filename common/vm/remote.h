/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks of other machines.
 *
 * qemu's own drivers speak the protocols, but not in the qemu that has the guest's disks: that one
 * has no network. qemu-storage-daemon, a process of its own, is given the address and the secret
 * through its monitor, and hands the disk on as NBD over a local socket. Neither is in any
 * argument, environment or file.
 */
#ifndef VM_REMOTE_H
#define VM_REMOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/cleanup.h"
#include "util/err.h"

struct remote_host {
	char *name; /* or an address, without brackets; NULL: a socket, or the protocol's own way */
	char *port; /* NULL: the protocol's */
	char *socket; /* path of a local socket, or NULL */
};

/* Where a disk is; all zero to begin with, released by remote_spec_release(). */
struct remote_spec {
	const struct remote_protocol *protocol;
	struct remote_host *hosts; /* the first one counts; rbd may have several */
	size_t n_hosts;
	char *path;   /* export, path, target/lun or pool/image, by protocol; of http: as in the URI */
	char *user;   /* or NULL */
	char *secret; /* or NULL; wiped when released */
};

/* "nbd": the row of that name, or NULL. */
const struct remote_protocol *remote_protocol(const char *name);
/* Does what is written beyond the end make it larger? */
bool remote_grows(const struct remote_protocol *p);
/* Are its paths those of folders, with a slash at the front? */
bool remote_has_folders(const struct remote_protocol *p);
/* Adds a host, all of which may be NULL. */
struct remote_host *remote_spec_host(struct remote_spec *s);
void remote_spec_release(struct remote_spec *s);

static inline void remote_spec_release_p(struct remote_spec *s)
{
	remote_spec_release(s);
}

/*
 * Takes a URI apart (RFC 3986; the forms are those of guestfish(1), "ADDING REMOTE STORAGE").
 * -1 with *e, which does not show the password, for one that is wrong or of a protocol that
 * is not known.
 */
int remote_uri_parse(const char *uri, struct remote_spec *ret, struct err *e)
	__attribute__((warn_unused_result));
/* Overwrites the password in a URI, as in a word of argv, which other users can see. */
void remote_uri_hide(char *uri);
/* Has the name a protocol: up to 8 of a-z and +, then "://"? */
bool is_uri(const char *name);
/* Turns %41 into A, in place; -1 for a NUL or for what is no number. */
int percent_decode(char *s);
/* The URI of a place, without user and password; the caller frees. */
char *remote_spec_shown(const struct remote_spec *s);
void remote_spec_copy(const struct remote_spec *from, struct remote_spec *ret);
/* A place beside that one, by a relative name; -1 where the protocol has no such thing. */
int remote_spec_beside(const struct remote_spec *s, const char *name, struct remote_spec *ret);
/* The node for qemu's blockdev-add, JSON to be freed; secret "secret" where there is one. */
char *remote_spec_node(const struct remote_spec *s, const char *node, bool write, struct err *e);

struct remote;

/* Connects, for writing if write says so. NULL with *e, which names the place. */
struct remote *remote_open(const struct remote_spec *s, bool write, struct err *e);
/* Bytes of the file that is there. */
uint64_t remote_size(const struct remote *r);
/* Reads n bytes at off, within the size; 0, or -1 with errno. */
int remote_pread(const struct remote *r, void *p, size_t n, uint64_t off);
/*
 * What is a file there grows when it is written to, if its format is not raw, and NBD has no word for
 * that: of such, the format is read on the other side of it. True: from now on this is the disk itself
 * (raw), and no longer its file; its header was read before, and names no other file. -1 with *e.
 */
int remote_take_format(struct remote *r, const char *format, bool *ret_taken, struct err *e);
/* A new connection for qemu's nbd driver, export REMOTE_EXPORT; the caller closes. -1 with *e. */
int remote_connect(const struct remote *r, struct err *e);
/* NULL is fine. */
void remote_close(struct remote *r);
DEFINE_CLEANUP(struct remote *, remote_close);

#define REMOTE_EXPORT "disk"

#endif
