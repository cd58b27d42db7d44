/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vm/image: formats, names in headers, locks, on small files made by hand. */
#include "vm/image.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "util/io.h"
#include "util/xalloc.h"
#include "vm/image_parse.h"

#define KIB	  1024U
#define DISK_SIZE (64 * KIB)

/* A file of the given content. */
static void make_file(const char *name, const void *p, size_t n)
{
	CLEANUP(fd_close) int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write_full(fd, p, n), 0);
}

static void put_be(uint8_t *p, size_t n, uint64_t v)
{
	while (n--) {
		p[n] = (uint8_t)v;
		v >>= 8;
	}
}

static void put_le(uint8_t *p, size_t n, uint64_t v)
{
	for (; n--; v >>= 8)
		*p++ = (uint8_t)v;
}

/* What is special about a qcow2; the rest is a sound, empty one with clusters of 512 bytes. */
struct qcow2_spec {
	const char *backing, *backing_format, *data_file;
	uint32_t version; /* 0: 3 */
	uint64_t incompatible;
	uint32_t crypt;
	uint32_t backing_len;	/* 0: the right one */
	uint32_t extension_len; /* an extension of unknown type that says it is so long */
	uint64_t l1_offset;	/* 0: the right one */
	size_t size;		/* of the file; 0: all of it */
};

static size_t put_extension(uint8_t *p, uint32_t type, const char *s)
{
	put_be(p, 4, type);
	put_be(p + 4, 4, strlen(s));
	memcpy(p + 8, s, strlen(s));
	return 8 + (strlen(s) + 7) / 8 * 8;
}

static void make_qcow2(const char *name, const struct qcow2_spec *q)
{
	uint8_t b[1552] = "QFI\xfb", *p = b + (q->version == 2 ? 72 : 104);

	put_be(b + 4, 4, q->version ? q->version : 3);
	put_be(b + 20, 4, 9);
	put_be(b + 24, 8, DISK_SIZE);
	put_be(b + 32, 4, q->crypt);
	put_be(b + 36, 4, 2);
	put_be(b + 40, 8, q->l1_offset ? q->l1_offset : 1536);
	put_be(b + 48, 8, 512);
	put_be(b + 56, 4, 1);
	put_be(b + 512, 8, 1024);
	for (size_t i = 0; i < 4; i++)
		put_be(b + 1024 + i * 2, 2, 1);
	if (q->version != 2) {
		put_be(b + 72, 8, q->incompatible);
		put_be(b + 96, 4, 4);
		put_be(b + 100, 4, 104);
	}
	if (q->extension_len) {
		put_be(p, 4, 0x12345678);
		put_be(p + 4, 4, q->extension_len);
	}
	if (q->backing_format)
		p += put_extension(p, 0xe2792aca, q->backing_format);
	if (q->data_file)
		p += put_extension(p, 0x44415441, q->data_file);
	p += q->extension_len ? 0 : 8;
	if (q->backing) {
		put_be(b + 8, 8, (uint64_t)(p - b));
		put_be(b + 16, 4, q->backing_len ? q->backing_len : strlen(q->backing));
		memcpy(p, q->backing, strlen(q->backing));
	}
	make_file(name, b, q->size ? q->size : sizeof(b));
}

static void make_qcow2_v3(const char *name)
{
	make_qcow2(name, &(struct qcow2_spec){ 0 });
}

static void make_qcow2_v2(const char *name)
{
	make_qcow2(name, &(struct qcow2_spec){ .version = 2 });
}

/* Its last sector is cut short; the disk's will be padded. */
static void make_raw(const char *name)
{
	uint8_t *b = xcalloc(1, DISK_SIZE - 100);

	b[510] = 0x55;
	b[511] = 0xaa;
	make_file(name, b, DISK_SIZE - 100);
	free(b);
}

static void make_qed(const char *name)
{
	uint8_t b[8192] = "QED";

	put_le(b + 4, 4, 4096);
	put_le(b + 8, 4, 1);
	put_le(b + 12, 4, 1);
	put_le(b + 40, 8, 4096);
	put_le(b + 48, 8, DISK_SIZE);
	make_file(name, b, sizeof(b));
}

static void make_vdi(const char *name)
{
	uint8_t b[1024] = "<<< a disk >>>\n";

	put_le(b + 64, 4, 0xbeda107f);
	put_le(b + 68, 4, 0x00010001);
	put_le(b + 76, 4, 1);
	put_le(b + 340, 4, 512);
	put_le(b + 344, 4, 1024);
	put_le(b + 360, 4, 512);
	put_le(b + 368, 8, DISK_SIZE);
	put_le(b + 376, 4, 1 << 20);
	put_le(b + 384, 4, 1);
	make_file(name, b, sizeof(b));
}

/* A vhd's footer, of a disk that a program made which means the true size. */
static void put_vpc_footer(uint8_t *b, uint32_t type, uint64_t dynamic)
{
	uint32_t sum = 0;

	memcpy(b, "conectix", 8);
	put_be(b + 16, 8, dynamic);
	memcpy(b + 28, "win ", 4);
	put_be(b + 48, 8, DISK_SIZE);
	put_be(b + 60, 4, type);
	for (size_t i = 0; i < 512; i++)
		sum += b[i];
	put_be(b + 64, 4, ~sum);
}

static void make_vpc_dynamic(const char *name)
{
	uint8_t b[2560] = "";

	put_vpc_footer(b, 3, 512);
	memcpy(b + 512, "cxsparse", 8);
	put_be(b + 528, 8, 1536);
	put_be(b + 540, 4, 1);
	put_be(b + 544, 4, 2 << 20);
	put_be(b + 1536, 4, UINT32_MAX);
	memcpy(b + 2048, b, 512);
	make_file(name, b, sizeof(b));
}

static void make_vpc_fixed(const char *name)
{
	uint8_t *b = xcalloc(1, DISK_SIZE + 512);

	put_vpc_footer(b + DISK_SIZE, 2, UINT64_MAX);
	make_file(name, b, DISK_SIZE + 512);
	free(b);
}

/* With its descriptor in sector 1, one grain directory entry, and one empty grain table. */
static void make_vmdk_with(const char *name, const char *more)
{
	uint8_t b[4096] = "KDMV";

	put_le(b + 4, 4, 1);
	put_le(b + 12, 8, DISK_SIZE / 512);
	put_le(b + 20, 8, 128);
	put_le(b + 28, 8, 1);
	put_le(b + 36, 8, 1);
	put_le(b + 44, 4, 512);
	put_le(b + 56, 8, 2);
	put_le(b + 1024, 4, 4);
	snprintf((char *)b + 512, 512,
		 "# Disk DescriptorFile\nCID=1\nparentCID=ffffffff\n"
		 "createType=\"monolithicSparse\"\nRW 128 SPARSE \"%s\"\n%s",
		 name, more);
	make_file(name, b, sizeof(b));
}

static void make_vmdk(const char *name)
{
	make_vmdk_with(name, "");
}

static void make_vhdx(const char *name)
{
	static const uint8_t bat[16] = { 0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42,
					 0x9d, 0x64, 0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08 };
	static const uint8_t meta[16] = { 0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b,
					  0xb8, 0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e };
	static const uint8_t file[16] = { 0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d,
					  0xb3, 0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b };
	static const uint8_t size[16] = { 0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48,
					  0xb2, 0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8 };
	size_t n = 512 * KIB;
	uint8_t *b = xcalloc(1, n), *regions = b + 192 * KIB, *table = b + 320 * KIB;

	memcpy(b, "vhdxfile", 8);
	memcpy(regions, "regi", 4);
	put_le(regions + 8, 4, 2);
	memcpy(regions + 16, bat, 16);
	put_le(regions + 32, 8, 300 * KIB);
	put_le(regions + 40, 4, 8);
	memcpy(regions + 48, meta, 16);
	put_le(regions + 64, 8, 320 * KIB);
	put_le(regions + 72, 4, 128 * KIB);
	memcpy(table, "metadata", 8);
	put_le(table + 10, 2, 2);
	memcpy(table + 32, file, 16);
	put_le(table + 48, 4, 64 * KIB);
	put_le(table + 52, 4, 8);
	memcpy(table + 64, size, 16);
	put_le(table + 80, 4, 64 * KIB + 8);
	put_le(table + 84, 4, 8);
	put_le(table + 64 * KIB + 8, 8, DISK_SIZE);
	make_file(name, b, n);
	free(b);
}

/* Opens an image that must be refused, and looks for words in the message. */
static void refused(const char *name, unsigned flags, const char *words)
{
	struct err e = ERR_INIT;
	struct image *img = image_open(name, NULL, flags, &e);

	if (img || !strstr(e.msg, words))
		print_error("'%s': wanted '%s', got '%s'\n", name, words, img ? "an image" : e.msg);
	assert_null(img);
	assert_non_null(strstr(e.msg, words));
	assert_null(strchr(e.msg, '\n'));
	assert_null(strchr(e.msg, '\033'));
}

/* Opens an image that must be fine. */
static struct image *opened(const char *name, const char *format, unsigned flags)
{
	struct err e = ERR_INIT;
	struct image *img = image_open(name, format, flags, &e);

	if (!img)
		print_error("'%s': %s\n", name, e.msg);
	assert_non_null(img);
	assert_string_equal(e.msg, "");
	return img;
}

static void test_formats(void **state)
{
	static const struct {
		const char *name;
		void (*make)(const char *name);
		const char *format;
	} rows[] = {
		{ "a.raw", make_raw, "raw" },
		{ "v3.qcow2", make_qcow2_v3, "qcow2" },
		{ "v2.qcow2", make_qcow2_v2, "qcow2" },
		{ "a.vmdk", make_vmdk, "vmdk" },
		{ "a.vdi", make_vdi, "vdi" },
		{ "a.vhdx", make_vhdx, "vhdx" },
		{ "dynamic.vhd", make_vpc_dynamic, "vpc" },
		{ "fixed.vhd", make_vpc_fixed, "vpc" },
		{ "a.qed", make_qed, "qed" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		rows[i].make(rows[i].name);
		for (int given = 0; given < 2; given++) {
			CLEANUP(image_close)
			struct image *img = opened(rows[i].name, given ? rows[i].format : NULL, 0);

			assert_string_equal(img->layers[0].format, rows[i].format);
			assert_int_equal(img->n_layers, 1);
			assert_int_equal(img->virtual_size, DISK_SIZE);
			assert_null(img->warning);
		}
	}
}

/* A format that is given is taken, but not believed. */
static void test_format_given(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	make_qcow2_v3("given.qcow2");
	{
		CLEANUP(image_close) struct image *img = opened("given.qcow2", "raw", 0);

		assert_string_equal(img->layers[0].format, "raw");
		assert_int_equal(img->virtual_size, 2048);
	}
	assert_null(image_open("given.qcow2", "vdi", 0, &e));
	assert_non_null(strstr(e.msg, "'given.qcow2' is not a vdi image"));
	assert_null(image_open("given.qcow2", "floppy", 0, &e));
	assert_non_null(strstr(e.msg, "known are: qcow2, vmdk"));
	assert_true(image_format_known("vhdx"));
}

static void test_not_images(void **state)
{
	(void)state;
	assert_int_equal(mkdir("folder", 0700), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	make_file("empty", "", 0);
	refused("folder", 0, "'folder' is a folder");
	refused("fifo", 0, "'fifo' is a pipe");
	refused("fifo", IMAGE_WRITE, "'fifo' is a pipe");
	refused("empty", 0, "'empty' is empty");
	refused("/dev/zero", 0, "'/dev/zero' is a character device");
	refused("nothing\033here", 0, "cannot open 'nothing?here': No such file");
}

static void test_null_disk(void **state)
{
	CLEANUP(image_close) struct image *a = opened("/dev/null", NULL, IMAGE_WRITE);
	CLEANUP(image_close) struct image *b = opened("/dev/null", NULL, 0);
	struct stat sa, sb;

	(void)state;
	assert_int_equal(a->virtual_size, 4096);
	assert_string_equal(a->layers[0].format, "raw");
	assert_int_equal(fstat(a->layers[0].fd, &sa), 0);
	assert_int_equal(fstat(b->layers[0].fd, &sb), 0);
	assert_int_not_equal(sa.st_ino, sb.st_ino);
	assert_int_equal(fcntl(b->layers[0].fd, F_GETFL) & O_ACCMODE, O_RDONLY);
}

static void test_bad_qcow2(void **state)
{
	static const struct {
		struct qcow2_spec spec;
		const char *words;
	} rows[] = {
		{ { .crypt = 2 }, "is encrypted" },
		{ { .incompatible = 2 }, "qemu-img check -f qcow2 -r all" },
		{ { .incompatible = UINT64_C(1) << 63 | 32 }, "feature bits 5, 63" },
		{ { .version = 1 }, "version 1" },
		{ { .backing = "x", .backing_len = 1024 }, "name of 1024 bytes" },
		{ { .extension_len = 100000 }, "header extension" },
		{ { .l1_offset = 1 }, "L1 table is at an impossible place" },
		{ { .l1_offset = UINT64_C(1) << 62 }, "is truncated: its L1 table" },
		{ { .size = 1540 }, "is truncated: its L1 table" },
		{ { .size = 600 }, "is truncated" },
		{ { .size = 50 }, "is truncated: its header" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		make_qcow2("bad.qcow2", &rows[i].spec);
		refused("bad.qcow2", 0, rows[i].words);
	}
}

/* What headers may name: the rule at the top of image_ref.c. */
static void test_references(void **state)
{
	static const struct {
		const char *backing, *format, *words, *words_allowed;
	} rows[] = {
		{ "/etc/passwd", NULL, "which is not a disk image; use --allow-external", NULL },
		{ "/etc/passwd", "raw", "which is not a disk image; use --allow-external", NULL },
		{ "/etc/passwd", "qcow2", "'top' names '/etc/passwd' as its backing file",
		  "'/etc/passwd' is not a qcow2 image" },
		{ "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"base\"}}",
		  "raw", "not a plain file name; use --allow-external", NULL },
		{ "json:{\"driver\":\"nbd\"}", NULL, "use --allow-external", "not a local file" },
		{ "json:[", NULL, "use --allow-external", "not a local file" },
		{ "nbd://host/disk", "raw", "not a local file", "not a local file" },
		{ "base", "host_device", "format 'host_device'", "format 'host_device'" },
		{ "/dev/tty", "raw", "is a character device", "is a character device" },
		{ "missing", "raw", "backing file of 'top': cannot open 'missing'",
		  "No such file" },
		{ "\033[31m\n", "raw", "'?[31m?'", "No such file" },
		{ "base", NULL, NULL, NULL },
		{ "file:base", "raw", NULL, NULL },
	};

	(void)state;
	make_raw("base");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int allow = 0; allow < 2; allow++) {
			const char *words = allow ? rows[i].words_allowed : rows[i].words;
			unsigned flags = allow ? IMAGE_ALLOW_EXTERNAL : 0;

			make_qcow2("top", &(struct qcow2_spec){ .backing = rows[i].backing,
								.backing_format = rows[i].format });
			if (words)
				refused("top", flags, words);
			else
				image_close(opened("top", NULL, flags));
		}
}

static void test_data_file(void **state)
{
	CLEANUP(image_close) struct image *img = NULL;

	(void)state;
	make_raw("data");
	make_qcow2("top", &(struct qcow2_spec){ .incompatible = 4, .data_file = "data" });
	refused("top", 0, "'top' names 'data' as its data file");
	img = opened("top", NULL, IMAGE_ALLOW_EXTERNAL);
	assert_string_equal(img->layers[0].data_path, "data");
	assert_true(img->layers[0].data_fd >= 0);
	make_qcow2("top", &(struct qcow2_spec){ .incompatible = 4 });
	refused("top", IMAGE_ALLOW_EXTERNAL, "does not name it");
}

/* Names are relative to the file that holds them, only the top is open for writing. */
static void test_chain(void **state)
{
	CLEANUP(image_close) struct image *img = NULL;

	(void)state;
	assert_int_equal(mkdir("sub", 0700), 0);
	make_raw("sub/base.raw");
	make_qcow2("sub/middle", &(struct qcow2_spec){ .backing = "base.raw" });
	make_qcow2("overlay",
		   &(struct qcow2_spec){ .backing = "sub/middle", .backing_format = "qcow2" });
	img = opened("overlay", NULL, IMAGE_WRITE);
	assert_int_equal(img->n_layers, 3);
	assert_string_equal(img->layers[2].path, "sub/base.raw");
	assert_string_equal(img->layers[2].format, "raw");
	assert_int_equal(fcntl(img->layers[0].fd, F_GETFL) & O_ACCMODE, O_RDWR);
	assert_int_equal(fcntl(img->layers[1].fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(img->layers[2].fd, F_GETFD), FD_CLOEXEC);

	make_qcow2("ring1", &(struct qcow2_spec){ .backing = "ring2" });
	make_qcow2("ring2", &(struct qcow2_spec){ .backing = "ring1" });
	refused("ring1", IMAGE_ALLOW_EXTERNAL, "'ring1' is in its own backing chain");
	make_qcow2("self", &(struct qcow2_spec){ .backing = "self" });
	refused("self", 0, "'self' is in its own backing chain");
}

static void test_chain_length(void **state)
{
	char name[16] = "chain0", below[16];

	(void)state;
	make_qcow2_v3(name);
	for (int i = 1; i <= IMAGE_LAYERS_MAX; i++) {
		if (i == IMAGE_LAYERS_MAX)
			image_close(opened(name, NULL, 0));
		memcpy(below, name, sizeof(below));
		snprintf(name, sizeof(name), "chain%d", i);
		make_qcow2(name, &(struct qcow2_spec){ .backing = below });
	}
	refused(name, 0, "more than 64 files");
}

static void make_text(const char *name, const char *text)
{
	make_file(name, text, strlen(text));
}

static void test_vmdk_parts(void **state)
{
#define DESCRIPTOR "# Disk DescriptorFile\nversion=1\nparentCID=ffffffff\ncreateType=\"x\"\n"
	static const struct {
		const char *text, *words;
	} rows[] = {
		{ DESCRIPTOR "RW 120 FLAT \"/etc/passwd\" 0\n", "use --allow-external" },
		{ DESCRIPTOR "RW 1 FLAT \"secret\" 0\n", "not a disk image; use --allow-external" },
		{ DESCRIPTOR "RW 500 FLAT \"x-flat.vmdk\" 0\n", "'x-flat.vmdk' is truncated" },
		{ DESCRIPTOR "RW 1 FLAT \"x-flat.vmdk\" 18446744073709551615\n", "is damaged" },
		{ DESCRIPTOR "RW 8 FLAT \"a\" 0\nRW 8 FLAT \"b\" 0\n", "qemu-img convert -f vmdk" },
		{ DESCRIPTOR "RW 8 SPARSE \"a\"\n", "qemu-img convert -f vmdk" },
		{ DESCRIPTOR "RW eight FLAT \"a\"\n", "is damaged" },
		{ DESCRIPTOR, "names no extent" },
		{ "COWD                      ", "ESX" },
	};
	CLEANUP(image_close) struct image *img = NULL, *child = NULL;

	(void)state;
	make_raw("x-flat.vmdk");
	make_text("secret", "-----BEGIN PRIVATE KEY-----\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		make_text("x.vmdk", rows[i].text);
		refused("x.vmdk", 0, rows[i].words);
	}
	make_text("x.vmdk", DESCRIPTOR "RW 64 FLAT \"x-flat.vmdk\" 2\n");
	img = opened("x.vmdk", NULL, 0);
	assert_string_equal(img->layers[0].format, "raw");
	assert_string_equal(img->layers[0].path, "x-flat.vmdk");
	assert_int_equal(img->layers[0].offset, 1024);
	assert_int_equal(img->layers[0].size, 64 * 512);
	assert_int_equal(img->virtual_size, 64 * 512);

	make_vmdk("parent.vmdk");
	make_vmdk_with("child.vmdk", "parentFileNameHint=\"parent.vmdk\"\n");
	child = opened("child.vmdk", NULL, 0);
	assert_int_equal(child->n_layers, 2);
	make_vmdk_with("child.vmdk", "parentFileNameHint=\"/etc/passwd\"\n");
	refused("child.vmdk", 0, "which is not a disk image");
}

/* Holds read locks on some bytes of a file, as a qemu does, until the descriptor is closed. */
static int hold(const char *name, off_t from, off_t to)
{
	struct flock l = { .l_type = F_RDLCK, .l_start = from, .l_len = to - from + 1 };
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_OFD_SETLK, &l), 0);
	return fd;
}

static void test_locks(void **state)
{
	CLEANUP(image_close) struct image *read_only = NULL, *in_use = NULL;
	char words[64];
	int fd;

	(void)state;
	make_qcow2_v3("locked");
	fd = hold("locked", 100, 100); /* reads, and lets others write */
	image_close(opened("locked", NULL, IMAGE_WRITE));
	close(fd);
	fd = hold("locked", 201, 201); /* reads, and wants nobody to write */
	read_only = opened("locked", NULL, 0);
	assert_null(read_only->warning);
	snprintf(words, sizeof(words), "'locked' is in use by process %d (", getpid());
	refused("locked", IMAGE_WRITE, words);
	close(fd);
	fd = hold("locked", 100, 103);
	in_use = opened("locked", NULL, 0);
	assert_non_null(strstr(in_use->warning, "'locked' is in use by a running virtual machine"));
	refused("locked", IMAGE_WRITE, words);
	close(fd);
	image_close(opened("locked", NULL, IMAGE_WRITE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),	     cmocka_unit_test(test_format_given),
		cmocka_unit_test(test_not_images),   cmocka_unit_test(test_null_disk),
		cmocka_unit_test(test_bad_qcow2),    cmocka_unit_test(test_references),
		cmocka_unit_test(test_data_file),    cmocka_unit_test(test_chain),
		cmocka_unit_test(test_chain_length), cmocka_unit_test(test_vmdk_parts),
		cmocka_unit_test(test_locks),
	};

	return cmocka_run_group_tests_name("image", tests, scratch_enter, scratch_leave);
}
