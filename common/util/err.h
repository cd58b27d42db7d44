/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One error, on its way from the failing call to the line on the terminal.
 *
 * Contract of every function that takes a struct err: on success *e is left
 * alone; on failure the function returns -1 (or NULL) and has filled *e once.
 * Messages are lower case, without a full stop, their subject in single quotes.
 */
#ifndef UTIL_ERR_H
#define UTIL_ERR_H

/* Lives on the caller's stack: the error path allocates nothing. */
struct err {
	int no;		/* an errno value, or 0 where none fits */
	char msg[1024]; /* words for the user, NUL-terminated, without the program's name */
};

#define ERR_INIT                                                                                   \
	{                                                                                          \
		0, ""                                                                              \
	}

/* Own words, with the errno value they stand for. Always returns -1. */
int err_set(struct err *e, int no, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), cold));

/* Words, then ": " and the text of the errno of the moment. Always returns -1. */
int err_sys(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/* Puts "words: " before the message that is there. Always returns -1. */
int err_ctx(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

/* Puts words after the message that is there, after "; ". Always returns -1. */
int err_hint(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3), cold));

#endif
