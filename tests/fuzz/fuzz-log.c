/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of syslog, from hostile bytes; the first byte is the age of the file. */
#include <stdint.h>
#include <stdlib.h>

#include "daemon/inspect/log_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* Is it a part of the line? */
static void inside(struct span part, struct span line)
{
	if (part.s < line.s || part.n > line.n || part.s + part.n > line.s + line.n)
		__builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (!n)
		return 0;
	const struct span line = { (const char *)data + 1, n - 1 };
	struct log_line l;

	log_line_parse(line, (int64_t)data[0] << 24, &l);
	inside(l.host, line);
	inside(l.ident, line);
	inside(l.message, line);
	if (l.pid < -1 || (l.dated && l.ns > 999999999))
		__builtin_trap();
	return 0;
}
