/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See ask.h. */
#include "cli/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "util/io.h"

#define LINE_MAX_BYTES ((size_t)64 << 10)

int ask_terminal(void)
{
	return open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
}

int ask_line(int fd, struct secret *ret, struct err *e)
{
	for (;;) {
		uint8_t *p = secret_room(ret, 1);
		ssize_t n = read(fd, p, 1);

		if (n < 0 && errno == EINTR && !interrupt_caught())
			continue;
		if (n < 0)
			return err_sys(e, "could not read key from user");
		if (n == 0 && !ret->len)
			return err_set(e, ENODATA, "could not read key from user: end of input");
		if (n == 0 || *p == '\n')
			return 0;
		if (++ret->len > LINE_MAX_BYTES)
			return err_set(e, EFBIG, "could not read key from user: the line is too long");
	}
}

int ask_on(int tty, const char *prompt, bool echo, struct secret *ret, struct err *e)
{
	struct termios old, quiet;
	bool hide = !echo && tcgetattr(tty, &old) == 0;
	int rc;

	if (hide) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
		/* What was typed before the prompt was not meant for it. */
		tcsetattr(tty, TCSAFLUSH, &quiet);
	}
	rc = write_full(tty, prompt, strlen(prompt)) < 0 ? err_sys(e, "write to the terminal")
							 : ask_line(tty, ret, e);
	if (hide) {
		tcsetattr(tty, TCSADRAIN, &old);
		(void)!write_full(tty, "\n", 1);
	}
	return rc;
}
