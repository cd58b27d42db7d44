/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine gives us: a cache folder, space in it, memory. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "checks.h"
#include "help.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "vm/cache.h"
#include "vm/qemu_args.h"
#include "vm/template.h"

#define OWN_MIB 80             /* what a run takes beyond the guest's memory */
#define ADDRESS_SPACE_MIB 4096 /* qemu reserves more than it uses */
#define CGROUPS "/sys/fs/cgroup"

/* A cache folder that cannot be used, or only read, for the reason e. */
static void refuse_cache(struct doctor *d, struct finding *f, const struct err *e)
{
	CLEANUP(free) char *word = d->cache_path ? help_quote(d->cache_path) : NULL;
	struct stat st;

	/* qemu 7.2 opens a template's memory for writing, though it does not write. */
	if (d->cachefd >= 0 && e->no != EROFS)
		finding_set(f, FINDING_WARN,
			    "%s can only be read: a template in it serves, none can "
			    "be made",
			    d->cache_path);
	else
		finding_set(f, FINDING_WARN,
			    "%s cannot be used: each run boots, which takes seconds",
			    d->cache_path ? d->cache_path : "the cache folder");
	finding_cause(f, "%s", e->msg);
	if (word && stat(d->cache_path, &st) == 0 && st.st_uid == geteuid() &&
	    (st.st_mode & 0777) != 0700 && e->no != EROFS)
		finding_help(f, "chmod 700 %s", word);
	else
		finding_help(f, "export GUESTUTILS_CACHE=DIR, a folder of your own that you can "
				"write to");
}

void check_cache(struct doctor *d, struct finding *f)
{
	struct err e = ERR_INIT;
	CLEANUP(fd_close) int fd = cache_open(&e);
	struct stat st;

	d->cache_path = cache_path(&e);
	if (d->cache_path)
		finding_str(f, "path", d->cache_path);
	if (fd < 0 || fstat(fd, &st) < 0) {
		refuse_cache(d, f, &e);
		return;
	}
	d->cachefd = TAKE_FD(fd);
	d->cache_writable = faccessat(d->cachefd, ".", W_OK | X_OK, AT_EACCESS) == 0;
	finding_u64(f, "uid", st.st_uid);
	finding_bool(f, "writable", d->cache_writable);
	if (d->cache_writable) {
		finding_set(f, FINDING_PASS, "%s, uid %u, mode %04o, writable", d->cache_path,
			    st.st_uid, st.st_mode & 07777);
		return;
	}
	err_sys(&e, "cannot write in it");
	refuse_cache(d, f, &e);
}

void check_space(struct doctor *d, struct finding *f)
{
	struct statvfs v;
	uint64_t mib;

	if (!d->cache_writable || fstatvfs(d->cachefd, &v) < 0) {
		finding_set(f, FINDING_WARN,
			    "not tried: there is no cache folder to put a template in");
		finding_cause(f, "the check 'cache' found none that can be written to");
		finding_help(f, "do what that check says");
		return;
	}
	mib = (uint64_t)v.f_bavail * v.f_frsize >> 20;
	finding_u64(f, "free_mib", mib);
	finding_u64(f, "needed_mib", TEMPLATE_SPACE_MIB);
	finding_set(f, FINDING_PASS,
		    "%" PRIu64 " MiB free in the cache folder, a template needs %d", mib,
		    TEMPLATE_SPACE_MIB);
	if (mib >= TEMPLATE_SPACE_MIB || template_is_there(d))
		return;
	finding_set(f, FINDING_WARN,
		    "%" PRIu64 " MiB free in the cache folder, a template needs %d", mib,
		    TEMPLATE_SPACE_MIB);
	finding_cause(f, "the file system of %s is full, or nearly so", d->cache_path);
	finding_help(f, "make room there, or export GUESTUTILS_CACHE=DIR, a folder elsewhere");
}

/* The number after a word at the start of a line of a file, or fallback. */
static uint64_t number_after(const char *path, const char *word, uint64_t fallback)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	size_t len = strlen(word);

	if (file_read(AT_FDCWD, path, 64 << 10, &b, &e) < 0 || !b.len)
		return fallback;
	for (const char *p = b.data; *p; p += strcspn(p, "\n"), p += *p == '\n') {
		char *end;
		uint64_t n;

		if (strncmp(p, word, len))
			continue;
		n = strtoull(p + len, &end, 10);
		return end == p + len ? fallback : n;
	}
	return fallback;
}

/* Memory that programs can still have, MiB: what the kernel says, or has promised to keep to. */
static uint64_t machine_mib(void)
{
	static const char info[] = "/proc/meminfo";
	uint64_t kib = number_after(info, "MemAvailable:", UINT64_MAX);
	uint64_t limit = number_after(info, "CommitLimit:", 0);
	uint64_t used = number_after(info, "Committed_AS:", 0);

	if (number_after("/proc/sys/vm/overcommit_memory", "", 0) != 2)
		return kib >> 10;
	limit = limit > used ? limit - used : 0;
	return (limit < kib ? limit : kib) >> 10;
}

/* What a control group leaves us, MiB; files it read before can be dropped. */
static uint64_t group_mib(const char *folder)
{
	CLEANUP(free) char *max = xasprintf("%s/memory.max", folder);
	CLEANUP(free) char *current = xasprintf("%s/memory.current", folder);
	CLEANUP(free) char *stat = xasprintf("%s/memory.stat", folder);
	uint64_t limit = number_after(max, "", UINT64_MAX);
	uint64_t used = number_after(current, "", 0);
	uint64_t files = number_after(stat, "inactive_file ", 0);

	used = used > files ? used - files : 0;
	return (limit > used ? limit - used : 0) >> 20;
}

/* The least that a group above us (version 2) leaves; *ret_group is its folder, to be freed. */
static uint64_t groups_mib(char **ret_group)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	CLEANUP(free) char *folder = NULL;
	struct err e = ERR_INIT;
	uint64_t least = UINT64_MAX;
	const char *own;

	*ret_group = NULL;
	if (file_read(AT_FDCWD, "/proc/self/cgroup", 64 << 10, &b, &e) < 0 || !b.len)
		return least;
	own = !strncmp(b.data, "0::", 3) ? b.data : strstr(b.data, "\n0::");
	if (!own)
		return least;
	own += strcspn(own, "/");
	folder = xasprintf("%s%.*s", CGROUPS, (int)strcspn(own, "\n"), own);
	if (folder[strlen(folder) - 1] == '/')
		folder[strlen(folder) - 1] = '\0';
	for (;;) {
		uint64_t mib = group_mib(folder);
		char *slash = strrchr(folder, '/');

		if (mib < least) {
			least = mib;
			free(*ret_group);
			*ret_group = xstrdup(folder);
		}
		if (strlen(folder) <= strlen(CGROUPS))
			return least;
		*slash = '\0';
	}
}

/* MiB of address space that we may have. */
static uint64_t address_space_mib(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_AS, &r) < 0 || r.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return (uint64_t)r.rlim_cur >> 20;
}

void check_memory(struct doctor *d, struct finding *f)
{
	const unsigned need = MACHINE_MEMORY + OWN_MIB;
	CLEANUP(free) char *group = NULL;
	uint64_t machine = machine_mib();
	uint64_t left = groups_mib(&group);
	uint64_t have = left < machine ? left : machine;

	(void)d;
	finding_u64(f, "available_mib", have);
	finding_u64(f, "needed_mib", need);
	if (address_space_mib() < ADDRESS_SPACE_MIB) {
		finding_set(f, FINDING_WARN, "a process may have %" PRIu64 " MiB of address space",
			    address_space_mib());
		finding_cause(f,
			      "a limit is set (RLIMIT_AS, 'ulimit -v'); qemu reserves more than "
			      "it uses, up to %d MiB",
			      ADDRESS_SPACE_MIB);
		finding_help(f, "ulimit -v unlimited, or have whoever set the limit raise it");
		return;
	}
	finding_set(f, have < need ? FINDING_WARN : FINDING_PASS,
		    "%" PRIu64 " MiB available, a run needs up to %u", have, need);
	if (have >= need)
		return;
	if (left < machine) {
		finding_cause(f, "the limit of the control group %s", group);
		finding_help(f, "give the container or service more memory (docker run --memory, "
				"systemd's MemoryMax=)");
	} else {
		finding_cause(f, "other programs use the rest");
		finding_help(f, "end some of them, or add memory; most runs need far less than "
				"this, work on large file systems does not");
	}
}
