/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Selectors of --key, what they are for, where their bytes come from; memory for secrets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/derive.h"
#include "cli/key.h"
#include "cli/keys.h"
#include "daemon/af.h"
#include "util/buf.h"
#include "util/io.h"
#include "util/xalloc.h"

/* Parses a copy of the selector, which it leaves in *ret_after where that is not NULL. */
static int parse(const char *selector, struct key *k, char **ret_after, struct err *e)
{
	char *copy = xstrdup(selector);
	int r = key_parse(copy, k, e);

	if (ret_after)
		*ret_after = copy;
	else
		free(copy);
	return r;
}

/* A key that must be one. */
static struct key good(const char *selector)
{
	struct err e = ERR_INIT;
	struct key k;

	if (parse(selector, &k, NULL, &e) < 0)
		fail_msg("'%s': %s", selector, e.msg);
	return k;
}

static void selectors_are_split(void **state)
{
	static const struct {
		const char *selector, *id;
		enum key_type type;
		const char *rest;
	} rows[] = {
		{ "/dev/sda2:key:abc", "/dev/sda2", KEY_STRING, "abc" },
		{ "all:key:", "all", KEY_STRING, "" },
		{ "all:key:a:b::c:", "all", KEY_STRING, "a:b::c:" },
		{ "all:key: spaces \n", "all", KEY_STRING, " spaces \n" },
		{ "/dev/VG/LV:file:/a:b/c", "/dev/VG/LV", KEY_FILE, "/a:b/c" },
		{ "x:command:echo a:b | cut -d: -f1", "x", KEY_COMMAND, "echo a:b | cut -d: -f1" },
		{ "all:clevis", "all", KEY_CLEVIS, NULL },
		{ "all:fd:0", "all", KEY_FD, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct key k = good(rows[i].selector);

		assert_string_equal(k.id, rows[i].id);
		assert_int_equal(k.type, rows[i].type);
		if (k.type == KEY_STRING) {
			assert_true(k.is_read);
			assert_int_equal(k.bytes.len, strlen(rows[i].rest));
			assert_memory_equal(k.bytes.data, rows[i].rest, k.bytes.len);
		} else if (rows[i].rest) {
			assert_string_equal(k.from, rows[i].rest);
		}
		key_release(&k);
	}
}

static void bad_selectors_are_refused(void **state)
{
	static const struct {
		const char *selector, *words;
	} rows[] = {
		{ "", "missing ID" },
		{ ":", "missing ID" },
		{ ":::", "missing ID" },
		{ "all", "missing TYPE" },
		{ "all:", "missing TYPE" },
		{ "all::x", "missing TYPE" },
		{ "all:Key:x", "invalid TYPE" },
		{ "all:keyx:x", "invalid TYPE" },
		{ "all:ke:x", "invalid TYPE" },
		{ "all:key", "missing KEY_STRING" },
		{ "all:file", "missing FILENAME" },
		{ "all:file:", "missing FILENAME" },
		{ "all:command", "missing COMMAND" },
		{ "all:fd", "missing N" },
		{ "all:fd:", "missing N" },
		{ "all:fd:-1", "not an open descriptor" },
		{ "all:fd:1x", "not an open descriptor" },
		{ "all:fd:99999999999999999999", "not an open descriptor" },
		{ "all:fd:900", "not an open descriptor" },
		{ "all:clevis:", "too many fields" },
		{ "all:clevis:x", "too many fields" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		struct key k;

		assert_int_equal(parse(rows[i].selector, &k, NULL, &e), -1);
		assert_int_equal(e.no, EINVAL);
		if (!strstr(e.msg, rows[i].words))
			fail_msg("'%s': %s", rows[i].selector, e.msg);
	}
}

static void words_show_no_secret(void **state)
{
	static const char *const rows[] = { "hunter2",	     "hunter2:", "hunter2:x:y", ":hunter2",
					    "all:hunter2:x", "all:fd:hunter2" };
	struct err e = ERR_INIT;
	struct key k;
	char *after, *words;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_int_equal(parse(rows[i], &k, NULL, &e), -1);
		assert_null(strstr(e.msg, "hunter2"));
	}
	assert_int_equal(parse("/dev/sda2:key:hunter2", &k, &after, &e), 0);
	assert_string_equal(after, "/dev/sda2:key:xxxxxxx");
	words = key_words(&k);
	assert_string_equal(words, "/dev/sda2:key");
	free(after);
	free(words);
	key_release(&k);
	k = good("all:command:echo hunter2");
	words = key_words(&k);
	assert_string_equal(words, "all:command");
	free(words);
	key_release(&k);
}

static void hostile_selectors_do_no_harm(void **state)
{
	static const char letters[] = ":kefdcolvisamnp019-/ \n\xff";
	unsigned seed = 1;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		char s[40];
		size_t n = 0, len = (seed = seed * 1103515245 + 12345) >> 16;
		struct err e = ERR_INIT;
		struct key k;

		for (len %= sizeof(s); n < len; n++)
			s[n] = letters[((seed = seed * 1103515245 + 12345) >> 16) %
				       (sizeof(letters) - 1)];
		s[n] = '\0';
		if (key_parse(s, &k, &e) == 0)
			key_release(&k);
		else
			assert_true(e.msg[0]);
	}
	/* Long ones: a gigantic ID, a key that no call could carry. */
	char *big = xmalloc((2u << 20) + 16);
	struct err e = ERR_INIT;
	struct key k;
	memset(big, 'a', 2u << 20);
	memcpy(big + (2u << 20), ":x:y", 5);
	assert_int_equal(key_parse(big, &k, &e), -1);
	assert_true(strlen(e.msg) < 200);
	memcpy(big, "all:key:", 8);
	assert_int_equal(key_parse(big, &k, &e), -1);
	assert_non_null(strstr(e.msg, "too long"));
	free(big);
}

static void a_key_knows_its_device(void **state)
{
	static const struct {
		const char *id, *device, *uuid;
		bool match;
	} rows[] = {
		{ "all", "/dev/sda2", "", true },
		{ "/dev/sda2", "/dev/sda2", "", true },
		{ "/dev/sda2", "/dev/sda20", "", false },
		{ "/dev/sda", "/dev/sda2", "", false },
		{ "/dev/vda2", "/dev/sda2", "", true },
		{ "/dev/hdb", "/dev/sdb", "", true },
		{ "/dev/xvdc11", "/dev/sdc11", "", true },
		{ "/dev/nvme0n1p2", "/dev/sda2", "", true },
		{ "/dev/nvme1n1", "/dev/sdb", "", true },
		{ "/dev/nvme99n1", "/dev/sda", "", false },
		{ "/dev/mmcblk0p1", "/dev/sda1", "", true },
		{ "/dev/vg/root", "/dev/vg/root", "", true },
		{ "/dev/mapper/vg-root", "/dev/vg/root", "", true },
		{ "/dev/mapper/my--vg-a--b", "/dev/my-vg/a-b", "", true },
		{ "/dev/mapper/vg-a-b", "/dev/vg/a-b", "", true },
		{ "/dev/mapper/vg--root", "/dev/vg-root", "", false },
		{ "/dev/mapper/luks-1-2", "/dev/mapper/luks-1-2", "", true },
		{ "/dev/md0", "/dev/md0", "", true },
		{ "AbCd-12", "/dev/sda1", "abcd-12", true },
		{ "UUID=abcd-12", "/dev/sda1", "abcd-12", true },
		{ "/dev/disk/by-uuid/abcd-12", "/dev/sda1", "abcd-12", true },
		{ "abcd-1", "/dev/sda1", "abcd-12", false },
		{ "UUID=", "/dev/sda1", "", false },
		{ "ALL", "/dev/sda1", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct key k = { .id = xstrdup(rows[i].id), .fd = -1 };
		char *device = xstrdup(rows[i].device), *uuid = xstrdup(rows[i].uuid), none[] = "";
		wire_crypt d = { .device = device, .type = none, .uuid = uuid };

		if (key_is_for(&k, &d) != rows[i].match)
			fail_msg("'%s' and '%s'", rows[i].id, rows[i].device);
		free(device);
		free(uuid);
		key_release(&k);
	}
}

/* What is tried of a key, each form with a '|' behind it. */
static void forms(struct key *k, char ret[64])
{
	struct err e = ERR_INIT;
	size_t n, at = 0;

	if (key_read(k, &e) < 0)
		fail_msg("%s", e.msg);
	for (size_t i = 0; key_form(k, i, &n); i++) {
		memcpy(ret + at, k->bytes.data, n);
		at += n;
		ret[at++] = '|';
	}
	ret[at] = '\0';
	key_release(k);
}

static void bytes_come_from_where_they_should(void **state)
{
	char dir[] = "/tmp/test-keys.XXXXXX", got[64];
	int ends[2];
	struct key k;

	(void)state;
	assert_non_null(mkdtemp(dir));
	CLEANUP(free) char *path = xasprintf("%s/a:b", dir);
	CLEANUP(free) char *file = xasprintf("all:file:%s", path);
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "key\n\n", 5), 5);
	close(fd);
	k = good(file);
	forms(&k, got);
	assert_string_equal(got, "key\n\n|key\n|");
	unlink(path);
	rmdir(dir);
	k = good("all:key:key\n");
	forms(&k, got);
	assert_string_equal(got, "key\n|");
	k = good("all:command:echo a:b");
	forms(&k, got);
	assert_string_equal(got, "a:b|a:b\n|");
	k = good("all:command:printf x");
	forms(&k, got);
	assert_string_equal(got, "x|");
	assert_int_equal(pipe(ends), 0);
	CLEANUP(free) char *piped = xasprintf("all:fd:%d", ends[0]);
	k = good(piped);
	assert_int_equal(write(ends[1], "y\n", 2), 2);
	close(ends[1]);
	forms(&k, got);
	assert_string_equal(got, "y\n|y|");
	close(ends[0]);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	static const struct {
		const char *selector;
		int no;
		const char *words;
	} rows[] = {
		{ "all:file:/nosuch", ENOENT, "'/nosuch'" },
		{ "all:file:/", EISDIR, "'/'" },
		{ "all:file:/dev/zero", EFBIG, "longer than" },
		{ "all:command:false", EIO, "status 1" },
		{ "all:command:exec cat /dev/zero", EFBIG, "longer than" },
		{ "all:command:kill -TERM $$", EIO, "signal 15" },
		{ "all:clevis", ENOTSUP, "no network" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct key k = good(rows[i].selector);
		struct err e = ERR_INIT;

		assert_int_equal(key_read(&k, &e), -1);
		assert_int_equal(e.no, rows[i].no);
		if (!strstr(e.msg, rows[i].words))
			fail_msg("%s: %s", rows[i].selector, e.msg);
		key_release(&k);
	}
}

static void a_line_is_read_and_no_more(void **state)
{
	struct secret s = SECRET_INIT;
	struct err e = ERR_INIT;
	int ends[2];
	char rest[8];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "one\n\nthree", 10), 10);
	close(ends[1]);
	assert_int_equal(ask_line(ends[0], &s, &e), 0);
	assert_int_equal(s.len, 3);
	secret_release(&s);
	assert_int_equal(ask_line(ends[0], &s, &e), 0);
	assert_int_equal(s.len, 0);
	assert_int_equal(read(ends[0], rest, 1), 1);
	assert_int_equal(rest[0], 't');
	assert_int_equal(ask_line(ends[0], &s, &e), 0);
	assert_memory_equal(s.data, "hree", 4);
	secret_release(&s);
	assert_int_equal(ask_line(ends[0], &s, &e), -1);
	assert_int_equal(e.no, ENODATA);
	secret_release(&s);
	close(ends[0]);
}

/* The flags of the mapping that has that address. */
static bool has_flag(const void *p, const char *flag)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT;
	struct err e = ERR_INIT;
	bool here = false;

	assert_int_equal(file_read(AT_FDCWD, "/proc/self/smaps", 64u << 20, &text, &e), 0);
	for (const char *line = text.data; line && *line; line = strchr(line, '\n')) {
		unsigned long long from, to;
		CLEANUP(free) char *one = NULL;

		line += *line == '\n';
		one = xmemdup0(line, strcspn(line, "\n"));
		if (sscanf(one, "%llx-%llx ", &from, &to) == 2)
			here = (uintptr_t)p >= from && (uintptr_t)p < to;
		else if (here && !strncmp(one, "VmFlags:", 8))
			return strstr(one, flag) != NULL;
	}
	return false;
}

static void secrets_lie_apart(void **state)
{
	struct secret s = SECRET_INIT;
	int status;

	(void)state;
	for (int i = 0; i < 5000; i++)
		secret_add(&s, "abc", 3);
	assert_int_equal(s.len, 15000);
	assert_memory_equal(s.data + 14997, "abc", 3);
	assert_true(has_flag(s.data, " dd"));
	assert_true(has_flag(s.data, " wf"));
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	pid_t pid = fork();
	if (pid == 0)
		_exit(s.data[0] || s.data[14999]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	secret_release(&s);
	assert_null(s.data);
}

/* A buffer that is secret leaves nothing behind in the heap when it grows. */
static void secret_buffers_are_wiped(void **state)
{
	CLEANUP(buf_release) struct buf b = { .secret = true };
	char seen[40];
	struct iovec to = { seen, sizeof(seen) }, from;

	(void)state;
	buf_addstr(&b, "hunter2 hunter2 hunter2 hunter2 hunter2");
	from = (struct iovec){ b.data, sizeof(seen) };
	buf_room(&b, 1u << 20);
	/* By way of the kernel: it is not ours any more. */
	if (process_vm_readv(getpid(), &to, 1, &from, 1, 0) == sizeof(seen))
		assert_null(memmem(seen, sizeof(seen), "hunter2", 7));
	assert_string_equal(b.data, "hunter2 hunter2 hunter2 hunter2 hunter2");
	assert_true(b.secret);
	buf_release(&b);
	assert_null(b.data);
}

static void keys_are_gathered(void **state)
{
	char one[] = "all:key:a", two[] = "/dev/sda:clevis", bad[] = "x";
	struct keys keys = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(keys_add(&keys, one, &e), 0);
	assert_int_equal(keys_add(&keys, bad, &e), -1);
	assert_int_equal(keys_add(&keys, two, &e), 0);
	assert_int_equal(keys.n, 2);
	assert_string_equal(keys.v[1].id, "/dev/sda");
	keys_release(&keys);
	assert_int_equal(keys.n, 0);
}

static void functions_of_luks_are_right(void **state)
{
	/* RFC 7914 section 11 (PBKDF2), and RFC 6070; Argon2 by its own program. */
	static const struct {
		const char *kdf, *hash, *key, *salt;
		uint32_t time, memory, parallel, size;
		const char *hex;
	} rows[] = {
		{ "pbkdf2", "sha1", "password", "salt", 2, 0, 0, 20,
		  "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957" },
		{ "pbkdf2", "sha256", "passwd", "salt", 1, 0, 0, 64,
		  "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
		  "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783" },
		{ "argon2id", "", "password", "somesalt", 2, 65536, 1, 32,
		  "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7" },
		{ "argon2i", "", "password", "somesalt", 2, 65536, 1, 32,
		  "c1628832147d9720c5bd1cfd61367078729f6dfb6f8fea9ff98158e0d7816ed0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CLEANUP(secret_release) struct secret got = SECRET_INIT;
		CLEANUP(free) char *kdf = xstrdup(rows[i].kdf), *hash = xstrdup(rows[i].hash);
		CLEANUP(free) char *salt = xstrdup(rows[i].salt);
		const wire_key_slot s = {
			.kdf = kdf,
			.hash = hash,
			.salt = { (uint32_t)strlen(salt), (uint8_t *)salt },
			.time = rows[i].time,
			.memory = rows[i].memory,
			.parallel = rows[i].parallel,
			.size = rows[i].size,
		};
		struct err e = ERR_INIT;

		if (derive(&s, (const uint8_t *)rows[i].key, strlen(rows[i].key), &got, &e) < 0)
			fail_msg("%s %s: %s", rows[i].kdf, rows[i].hash, e.msg);
		assert_int_equal(got.len, rows[i].size);
		for (size_t k = 0; k < got.len; k++) {
			char two[3];

			snprintf(two, sizeof(two), "%02x", got.data[k]);
			if (strncmp(two, rows[i].hex + 2 * k, 2) != 0)
				fail_msg("%s %s: byte %zu is %s", rows[i].kdf, rows[i].hash, k, two);
		}
	}
}

static void costs_beyond_reason_are_refused(void **state)
{
	char pbkdf2[] = "pbkdf2", sha256[] = "sha256", argon2id[] = "argon2id", empty[] = "";
	const wire_key_slot good_ones[] = {
		{ .kdf = pbkdf2, .hash = sha256, .time = 10, .size = 64 },
		{ .kdf = argon2id, .hash = empty, .time = 1, .memory = 64,
		  .parallel = 1, .size = 64 },
	};
	uint8_t salt[16] = { 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good_ones); i++)
		for (int what = 0; what < 8; what++) {
			CLEANUP(secret_release) struct secret got = SECRET_INIT;
			wire_key_slot s = good_ones[i];
			struct err e = ERR_INIT;
			char none[] = "none";

			s.salt = (wire_bytes){ sizeof(salt), salt };
			switch (what) {
			case 1: s.time = 0; break;
			case 2: s.time = UINT32_MAX; break;
			case 3: s.size = 0; break;
			case 4: s.size = UINT32_MAX; break;
			case 5: s.kdf = none; break;
			case 6: *(i ? &s.memory : &s.time) = UINT32_MAX; break;
			case 7:
				if (i)
					s.parallel = UINT32_MAX;
				else
					s.hash = none;
			}
			int r = derive(&s, salt, 4, &got, &e);
			assert_int_equal(r, what ? -1 : 0);
			if (what)
				assert_int_equal(e.no, ENOTSUP);
		}
}

static void stripes_become_a_key(void **state)
{
	CLEANUP(free) uint8_t *stripes = xcalloc(AF_STRIPES, 40);
	uint8_t key[40], other[40], one[40];

	(void)state;
	assert_true(af_knows("sha1"));
	assert_false(af_knows("sha3"));
	/* The last stripe is only added: what is in it is in the key. */
	af_merge("sha256", stripes, 40, key);
	stripes[(AF_STRIPES - 1) * 40 + 3] = 0x55;
	af_merge("sha256", stripes, 40, other);
	key[3] ^= 0x55;
	assert_memory_equal(key, other, 40);
	/* One bit of the first changes all. */
	stripes[0] = 1;
	af_merge("sha256", stripes, 40, one);
	assert_memory_not_equal(one, other, 20);
	assert_memory_not_equal(one + 20, other + 20, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selectors_are_split),
		cmocka_unit_test(bad_selectors_are_refused),
		cmocka_unit_test(words_show_no_secret),
		cmocka_unit_test(hostile_selectors_do_no_harm),
		cmocka_unit_test(a_key_knows_its_device),
		cmocka_unit_test(bytes_come_from_where_they_should),
		cmocka_unit_test(what_cannot_be_read_is_an_error),
		cmocka_unit_test(a_line_is_read_and_no_more),
		cmocka_unit_test(secrets_lie_apart),
		cmocka_unit_test(secret_buffers_are_wiped),
		cmocka_unit_test(keys_are_gathered),
		cmocka_unit_test(functions_of_luks_are_right),
		cmocka_unit_test(costs_beyond_reason_are_refused),
		cmocka_unit_test(stripes_become_a_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
