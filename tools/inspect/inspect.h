/* SPDX-License-Identifier: GPL-2.0-or-later */
/* guest-inspect: what it was told. */
#ifndef INSPECT_INSPECT_H
#define INSPECT_INSPECT_H

#include <stdbool.h>

enum inspect_output {
	INSPECT_AUTO, /* text on a terminal, else XML */
	INSPECT_TEXT,
	INSPECT_XML,
	INSPECT_JSON,
};

struct inspect_options {
	enum inspect_output output;
	bool applications; /* list them in the text, too */
	bool no_applications;
	bool no_icon;
	const char *xpath; /* NULL: inspect */
};

#endif
