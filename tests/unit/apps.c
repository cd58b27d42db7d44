/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See apps.h. */
#include "apps.h"

#include <stdarg.h>
#include <setjmp.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util/io.h"

void apps_start(struct apps *a)
{
	*a = (struct apps){ .path = "/tmp/test-apps.XXXXXX" };
	assert_non_null(mkdtemp(a->path));
	a->root = open(a->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(a->root >= 0);
}

/* rm -rf */
static void remove_tree(const char *path)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		execlp("rm", "rm", "-rf", "--", path, NULL);
		_exit(127);
	}
	waitpid(pid, NULL, 0);
}

void apps_stop(struct apps *a)
{
	fd_close(a->root);
	remove_tree(a->path);
	strvec_release(&a->list);
}

void apps_empty(struct apps *a)
{
	fd_close(a->root);
	remove_tree(a->path);
	assert_int_equal(mkdir(a->path, 0700), 0);
	a->root = open(a->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(a->root >= 0);
}

const char *apps_path(const struct apps *a, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", a->path, name);
	for (char *p = path + strlen(a->path) + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		assert_true(mkdir(path, 0755) == 0 || errno == EEXIST);
		*p = '/';
	}
	return path;
}

void apps_file(const struct apps *a, const char *name, const void *data, size_t n)
{
	CLEANUP(fd_close)
	int fd = open(apps_path(a, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, data, n), 0);
}

void apps_text(const struct apps *a, const char *name, const char *text)
{
	apps_file(a, name, text, strlen(text));
}

/* The application_fn. */
static int take(void *ctx, wire_application *x, struct err *e)
{
	struct apps *a = ctx;

	if (!x) {
		a->asked++;
		return 0;
	}
	if (a->stop_at && (int)a->list.n + 1 == a->stop_at)
		return err_set(e, ECANCELED, "stop here");
	strvec_addf(&a->list, "%s %u:%s-%s %s|%s|%s|%s|%s", x->name, x->epoch, x->version,
		    x->release, x->arch, x->url, x->source_package, x->summary, x->description);
	assert_non_null(x->kind);
	assert_non_null(x->display_name);
	assert_non_null(x->install_path);
	assert_non_null(x->publisher);
	assert_non_null(x->class);
	return 0;
}

int apps_read(struct apps *a, list_fn fn)
{
	int r;

	strvec_release(&a->list);
	a->asked = 0;
	a->e = (struct err)ERR_INIT;
	r = fn(a->root, take, a, &a->e);
	assert_true(r == 0 ? !a->e.msg[0] : r == -1 && a->e.msg[0]);
	return r;
}

void apps_expect(struct apps *a, list_fn fn, size_t n, const char *words)
{
	int r = apps_read(a, fn);

	if (a->list.n != n || (words ? !strstr(a->e.msg, words) : r != 0))
		print_error("%zu applications, '%s', not %zu, '%s'\n", a->list.n, a->e.msg, n,
			    words ? words : "");
	assert_int_equal(a->list.n, n);
	if (words)
		assert_non_null(strstr(a->e.msg, words));
	else
		assert_int_equal(r, 0);
}
