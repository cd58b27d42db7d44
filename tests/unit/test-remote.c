/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URIs of disks of other machines, and what qemu is told of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vm/remote.h"

static const struct row {
	const char *uri;
	const char *shown;
	const char *node;
} rows[] = {
	{ "nbd://host", "nbd://host/",
	  "\"driver\":\"nbd\",\"server\":{\"host\":\"host\",\"port\":\"10809\",\"type\":\"inet\"}" },
	{ "nbd://[::1]:99/a%20b/c", "nbd://[::1]:99/a b/c",
	  "\"driver\":\"nbd\",\"server\":{\"host\":\"::1\",\"port\":\"99\",\"type\":\"inet\"},\"export\":\"a b/c\"" },
	{ "nbd:///e?socket=/run/a%3fb", "nbd:///e?socket=/run/a?b",
	  "\"driver\":\"nbd\",\"server\":{\"path\":\"/run/a?b\",\"type\":\"unix\"},\"export\":\"e\"" },
	{ "nbd+unix:///?socket=/s", "nbd+unix:///?socket=/s",
	  "\"driver\":\"nbd\",\"server\":{\"path\":\"/s\",\"type\":\"unix\"}" },
	{ "ssh://me@host/disks/a%25.img", "ssh://host/disks/a%.img",
	  "\"driver\":\"ssh\",\"server\":{\"host\":\"host\",\"port\":\"22\"},\"path\":\"/disks/a%.img\",\"user\":\"me\"" },
	{ "https://u:p%40w@host:8443/a%20b.img?x=1", "https://host:8443/a%20b.img?x=1",
	  "\"driver\":\"https\",\"url\":\"https://host:8443/a%20b.img?x=1\",\"username\":\"u\",\"password-secret\":\"secret\"" },
	{ "ftp://host/a.img", "ftp://host/a.img", "\"driver\":\"ftp\",\"url\":\"ftp://host/a.img\"" },
	{ "iscsi://u:p@host/iqn.2026-01.org.example:disks/3", "iscsi://host/iqn.2026-01.org.example:disks/3",
	  "\"driver\":\"iscsi\",\"transport\":\"tcp\",\"portal\":\"host:3260\",\"target\":"
	  "\"iqn.2026-01.org.example:disks\",\"lun\":3,\"user\":\"u\",\"password-secret\":\"secret\"" },
	{ "iscsi://[fe80::1]:99/iqn.x", "iscsi://[fe80::1]:99/iqn.x",
	  "\"driver\":\"iscsi\",\"transport\":\"tcp\",\"portal\":\"[fe80::1]:99\",\"target\":\"iqn.x\",\"lun\":0" },
	{ "rbd:///pool/ns/image", "rbd:///pool/ns/image",
	  "\"driver\":\"rbd\",\"pool\":\"pool\",\"image\":\"ns/image\"" },
	{ "rbd://admin:key==@mon:6789/pool/image", "rbd://mon:6789/pool/image",
	  "\"driver\":\"rbd\",\"server\":[{\"host\":\"mon\",\"port\":\"6789\"}],\"pool\":\"pool\",\"image\":\"image\","
	  "\"user\":\"admin\",\"auth-client-required\":[\"cephx\",\"none\"],\"key-secret\":\"secret\"" },
};

/* Takes "node-name" and "read-only" out, which are always there. */
static void drop(char *s, const char *part)
{
	char *at = strstr(s, part);

	assert_non_null(at);
	memmove(at, at + strlen(part), strlen(at + strlen(part)) + 1);
}

static void test_nodes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(remote_spec_release) struct remote_spec s = { 0 };
		struct err e = ERR_INIT;

		assert_int_equal(remote_uri_parse(rows[i].uri, &s, &e), 0);
		CLEANUP(free) char *shown = remote_spec_shown(&s);
		assert_string_equal(shown, rows[i].shown);
		CLEANUP(free) char *node = remote_spec_node(&s, "n", false, &e);
		assert_non_null(node);
		drop(node, ",\"node-name\":\"n\",\"read-only\":true");
		/* Without its braces. */
		node[strlen(node) - 1] = '\0';
		assert_string_equal(node + 1, rows[i].node);
	}
}

static void test_secrets(void **state)
{
	CLEANUP(remote_spec_release) struct remote_spec s = { 0 };
	CLEANUP(remote_spec_release) struct remote_spec other = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(remote_uri_parse("http://u:p%40w@host/d/a.img", &s, &e), 0);
	assert_string_equal(s.user, "u");
	assert_string_equal(s.secret, "p@w");
	/* What is shown, and what stands in argv, has no part of it. */
	char uri[] = "ssh://u:p#q:r@host/a@b", plain[] = "ssh://u@host/a:b@c";
	CLEANUP(remote_spec_release) struct remote_spec odd = { 0 };
	assert_int_equal(remote_uri_parse(uri, &odd, &e), 0);
	assert_string_equal(odd.secret, "p#q:r");
	remote_uri_hide(uri);
	assert_string_equal(uri, "ssh://u:xxxxx@host/a@b");
	remote_uri_hide(plain);
	assert_string_equal(plain, "ssh://u@host/a:b@c");
	/* A file beside it is reached in the same way. */
	assert_int_equal(remote_spec_beside(&s, "../b.img", &other), 0);
	assert_string_equal(other.path, "/d/../b.img");
	assert_string_equal(other.secret, "p@w");
}

static void test_beside(void **state)
{
	static const char *const refused[] = { "/abs.img", "nbd:host", "json:{}", "a?b", "a#b", "%2f" };
	CLEANUP(remote_spec_release) struct remote_spec s = { 0 };
	CLEANUP(remote_spec_release) struct remote_spec nbd = { 0 };
	struct remote_spec other;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(remote_uri_parse("ssh://host/d/a.img", &s, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		assert_int_equal(remote_spec_beside(&s, refused[i], &other), -1);
	/* What has no folders has nothing beside it. */
	assert_int_equal(remote_uri_parse("nbd://host/d/a.img", &nbd, &e), 0);
	assert_int_equal(remote_spec_beside(&nbd, "b.img", &other), -1);
}

static void test_writing(void **state)
{
	static const char *const uris[] = { "http://h/x", "ftp://h/x", "ftps://h/x", "https://h/x" };
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(uris); i++) {
		CLEANUP(remote_spec_release) struct remote_spec s = { 0 };

		assert_int_equal(remote_uri_parse(uris[i], &s, &e), 0);
		assert_null(remote_spec_node(&s, "n", true, &e));
		assert_int_equal(e.no, EROFS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes),
		cmocka_unit_test(test_secrets),
		cmocka_unit_test(test_beside),
		cmocka_unit_test(test_writing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
