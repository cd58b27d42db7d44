/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in a file system a Windows has its folder. */
#ifndef DAEMON_INSPECT_WIN_ROOT_H
#define DAEMON_INSPECT_WIN_ROOT_H

/* "/Windows", in the case that it has, or NULL. The caller frees. */
char *win_systemroot(int root);
/* The image of what an installation medium installs, "/sources/install.wim", or NULL. */
char *win_install_image(int root);
/* A medium of before Vista: its table of contents, "/I386/TXTSETUP.SIF", or NULL. */
char *win_install_table(int root);

#endif
