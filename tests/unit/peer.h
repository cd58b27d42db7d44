/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tool's end of the channel, for tests: a guestd over a folder, driven frame by frame. */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/frame.h"
#include "proto/proto.h"

struct peer {
	pid_t pid;
	int fd;
	int ring;       /* -1: none */
	int tmp;        /* the test's folder; "root" in it is the guest's */
	char path[64];  /* of tmp */
	struct buf in;
	size_t used;    /* bytes of the frame in hand at the front of in */
	uint32_t serial;
	unsigned alive, logs, progress, slots;
	uint64_t holes; /* zeroes of the last stream, which are not in data */
	struct buf data; /* bytes of the last stream */
	char no[32];    /* errno name of the last error, "" after a reply */
	char text[2048];
};

/* Starts the program that GUESTD names (daemon/guestd) over a new folder, and takes its READY. */
void peer_start(struct peer *p, bool ring);
/* The same, and a good hello. */
void peer_hello(struct peer *p, bool writable);
/* Closes the channel, and returns the daemon's exit status, -1 for a signal; removes the folder. */
int peer_stop(struct peer *p);

/* Sends bytes as they are. */
void peer_write(struct peer *p, const void *data, size_t n);
/* Sends a frame with the record of its kind. */
void peer_send(struct peer *p, enum frame_kind kind, uint32_t serial, const void *msg);
/* Sends a call and returns its serial. */
uint32_t peer_call(struct peer *p, enum proc_nr nr, const void *args);
/* The next frame: false at the end of the channel; nothing for ten seconds fails the test. */
bool peer_next(struct peer *p, struct frame *f);
/*
 * Takes frames until the answer. ret, unless NULL, gets the results: the caller's
 * to free. Returns 0, or the value of the errno of p->no.
 */
int peer_answer(struct peer *p, enum proc_nr nr, void *ret);
/* peer_call and peer_answer. */
int peer_do(struct peer *p, enum proc_nr nr, const void *args, void *ret);

/* Makes a file below the guest's root, with its content. */
void peer_file(struct peer *p, const char *name, const void *data, size_t n);
/* Makes a symlink there. */
void peer_link(struct peer *p, const char *target, const char *name);
/* A list_dir call. */
int peer_list(struct peer *p, const char *path);
/* rm -rf of a path. */
void peer_remove(const char *path);
/* A copy that lasts, for the structs of calls, whose strings are not const. */
char *peer_str(const char *s);

/* n bytes that differ everywhere, so that blocks in the wrong place show: a string of the caller's. */
char *peer_content(size_t n);

/* A piece of an incoming stream; none is its end. */
void peer_send_data(struct peer *p, const void *data, size_t n);

/* Makes the folders above a path below the guest's root, whose file is then at *ret. */
void peer_folders(struct peer *p, const char *name, char ret[4096]);

/* As peer_file(), in folders that are made. */
void peer_put(struct peer *p, const char *name, const void *data, size_t n);
void peer_put_text(struct peer *p, const char *name, const char *text);

#endif
