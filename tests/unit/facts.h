/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts about guests, for tests of what prints them. What they are made of is borrowed. */
#ifndef TESTS_FACTS_H
#define TESTS_FACTS_H

#include <stdint.h>

#include "proto/proto.h"
#include "tools/inspect/render.h"

#define STR(s) ((char *)(uintptr_t)(s))

/* An application of which all strings but these are empty. */
wire_application facts_app(const char *kind, const char *name, const char *version);

/* A guest of which nothing is known but its root. */
wire_guest facts_guest(const char *root);

/* Text as a file that can be read: a descriptor of the caller's. */
int facts_file(const char *text);

/* What is printed of facts, or with NULL the start and the end alone: a string of the caller's. */
char *facts_print(const struct inspect_options *o, const struct facts *f);

#endif
