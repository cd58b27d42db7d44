/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Windows has its own tests: here it has a place among the other systems. */
#include <sys/stat.h>

#include "daemon/below.h"
#include "daemon/inspect/win_root.h"
#include "daemon/inspect/windows.h"
#include "util/xalloc.h"

bool windows_matches(int top)
{
	return below_is(top, "Windows/System32", S_IFDIR);
}

bool windows_volume_matches(int top)
{
	return below_is(top, "System Volume Information", S_IFDIR);
}

char *windows_title(int root)
{
	(void)root;
	return xstrdup("Windows 8");
}

char *win_systemroot(int root)
{
	return windows_matches(root) ? xstrdup("/Windows") : NULL;
}

void windows_describe(int root, wire_guest *ret, struct strvec *warnings)
{
	(void)warnings;
	ret->major = 6;
	ret->minor = below_is(root, "Windows/eight", S_IFREG) ? 2 : 1;
}
