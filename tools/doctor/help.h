/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that help, as they are typed on this machine. All results are the caller's to free. */
#ifndef DOCTOR_HELP_H
#define DOCTOR_HELP_H

/* The command, with sudo before it unless we are root. */
char *help_as_root(const char *command);
/* What installs qemu on this distribution. */
char *help_install_qemu(void);
/* s as one word for a shell. */
char *help_quote(const char *s);

#endif
