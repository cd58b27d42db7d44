/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See sandbox.h. landlock(7) has the rules; the C library has no wrappers for the three calls. */
#include "vm/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/landlock.h>

#include "util/cleanup.h"
#include "util/io.h"
#include "util/xalloc.h"

/* Rights that newer kernels know than the headers we build with (landlock(7)). */
#define FS_REFER    (1ULL << 13) /* ABI 2 */
#define FS_TRUNCATE (1ULL << 14) /* ABI 3 */

#define READ	 (LANDLOCK_ACCESS_FS_READ_FILE)
#define READ_DIR (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RUN	 (READ_DIR | LANDLOCK_ACCESS_FS_EXECUTE)
#define WRITE	 (LANDLOCK_ACCESS_FS_WRITE_FILE)

/* What qemu consists of, and what it asks the kernel about the machine. */
static const struct {
	const char *path;
	uint64_t access;
} base[] = {
	{ "/usr", RUN },
	{ "/lib", RUN },
	{ "/lib64", RUN },
	{ "/etc/ld.so.cache", READ },
	{ "/proc", READ_DIR },
	{ "/sys/devices/system", READ_DIR },
	{ "/dev/null", READ | WRITE },
	{ "/dev/urandom", READ },
};

int sandbox_landlock_abi(struct err *e)
{
	int v = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	if (v > 0)
		return v;
	if (errno == EOPNOTSUPP)
		err_set(e, errno, "the kernel has Landlock, but it is switched off at boot (lsm=)");
	else if (errno == ENOSYS)
		err_set(e, errno, "the kernel has no Landlock");
	else
		err_sys(e, "no Landlock");
	return 0;
}

static int allow_path(int ruleset, const char *path, uint64_t access)
{
	CLEANUP(fd_close) int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };

	if (fd < 0)
		return 0;
	return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

int sandbox_ruleset(const char *binary, bool kvm, struct err *e)
{
	int abi = sandbox_landlock_abi(e);
	struct landlock_ruleset_attr attr = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	CLEANUP(fd_close) int rs = -1;
	CLEANUP(free) char *dir = xstrdup(binary);
	char *slash = strrchr(dir, '/');

	if (!abi)
		return -1;
	if (abi >= 2)
		attr.handled_access_fs |= FS_REFER;
	if (abi >= 3)
		attr.handled_access_fs |= FS_TRUNCATE;
	rs = syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (rs < 0)
		return err_sys(e, "landlock_create_ruleset");
	for (size_t i = 0; i < ARRAY_SIZE(base); i++)
		if (allow_path(rs, base[i].path, base[i].access) < 0)
			return err_sys(e, "Landlock rule for '%s'", base[i].path);
	if (slash)
		*slash = '\0';
	/* A qemu outside /usr keeps its libraries and firmware beside its bin folder. */
	slash = strrchr(dir, '/');
	if (slash && slash != dir)
		*slash = '\0';
	if (strncmp(dir, "/usr", 4) && slash != dir && allow_path(rs, dir, RUN) < 0)
		return err_sys(e, "Landlock rule for '%s'", dir);
	if (kvm && allow_path(rs, "/dev/kvm", READ | WRITE) < 0)
		return err_sys(e, "Landlock rule for '/dev/kvm'");
	return TAKE_FD(rs);
}

static int allow_file(int ruleset, int fd, uint64_t access, struct err *e)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access, .parent_fd = fd };

	/* EBADFD: an anonymous file of the kernel's (a memfd), which Landlock does not govern. */
	if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0 &&
	    errno != EBADFD)
		return err_sys(e, "landlock_add_rule");
	return 0;
}

int sandbox_allow(int ruleset, int fd, bool writable, struct err *e)
{
	return allow_file(ruleset, fd, READ | (writable ? WRITE : 0), e);
}

int sandbox_allow_resize(int ruleset, int fd, struct err *e)
{
	const uint64_t resize = sandbox_landlock_abi(e) >= 3 ? FS_TRUNCATE : 0;

	return allow_file(ruleset, fd, READ | WRITE | resize, e);
}

int sandbox_allow_folder(int ruleset, const char *path, struct err *e)
{
	return allow_path(ruleset, path, READ_DIR) < 0 ? err_sys(e, "Landlock rule for '%s'", path) : 0;
}

int sandbox_enter(int ruleset)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return syscall(SYS_landlock_restrict_self, ruleset, 0);
}
