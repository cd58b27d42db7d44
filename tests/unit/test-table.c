/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables, and what guest-filesystems and guest-df make of them, over made-up lists. */
#include "cli/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tools/df/df.h"
#include "tools/filesystems/blocks.h"
#include "util/cleanup.h"

/* A row of the table that is tested by itself. */
struct thing {
	const char *name;
	const char *note; /* NULL: CELL_NONE */
	uint64_t size;
	wire_strs list;
};

static void get_name(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_STR, .s = ((const struct thing *)row)->name };
}

static void get_note(const void *row, struct cell *c)
{
	const struct thing *t = row;

	if (t->note)
		*c = (struct cell){ .kind = CELL_STR, .s = t->note };
}

static void get_size(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_SIZE, .n = ((const struct thing *)row)->size };
}

static void get_list(const void *row, struct cell *c)
{
	*c = (struct cell){ .kind = CELL_LIST, .list = &((const struct thing *)row)->list };
}

#define ALL (TABLE_TEXT | TABLE_CSV | TABLE_JSON)

static const struct column loose[] = {
	{ "Name", "name", ALL, 0, 0, get_name },
	{ "Note", "note", ALL, 1, 0, get_note },
	{ "Size", "size", ALL, 2, 0, get_size },
	{ "List", "list", ALL, 3, 0, get_list },
	{ NULL, "again", TABLE_JSON, 4, 0, get_name },
};

static const struct column fixed[] = {
	{ "Name", NULL, TABLE_TEXT, 0, -6, get_name },
	{ "Size", NULL, TABLE_TEXT, 0, 5, get_size },
	{ "Size", NULL, TABLE_TEXT, 0, 3, get_size },
};

static char *sda[] = { (char[]){ "/dev/sda" }, (char[]){ "/dev/sdb" } };

static const struct thing things[] = {
	{ "a", "", 5, { 0, NULL } },
	{ "long, name", "x \"y\"", 2048, { 2, sda } },
	{ "caf\xc3\xa9", NULL, 0, { 1, sda } },
};

/* The table t over things must be want. */
static void check(struct table t, const struct column *columns, size_t n, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;

	t.columns = columns;
	t.n_columns = n;
	t.schema = "test.v1";
	t.out = &b;
	table_begin(&t);
	for (size_t i = 0; i < ARRAY_SIZE(things); i++)
		table_row(&t, &things[i]);
	table_end(&t);
	assert_string_equal(b.data, want);
}

#define LOOSE loose, ARRAY_SIZE(loose)
#define FIXED fixed, ARRAY_SIZE(fixed)

static void test_text(void **state)
{
	(void)state;
	check((struct table){ .form = TABLE_TEXT }, LOOSE, "a\nlong, name\ncaf\xc3\xa9\n");
	check((struct table){ .form = TABLE_TEXT, .asked = 3, .title = true }, LOOSE,
	      "Name        Note   Size  List\n"
	      "a           -      5     -\n"
	      "long, name  x \"y\"  2048  /dev/sda,/dev/sdb\n"
	      "caf\xc3\xa9       -      0     /dev/sda\n");
	check((struct table){ .form = TABLE_TEXT, .asked = 2, .title = true, .human = true }, LOOSE,
	      "Name        Size\n"
	      "a           5\n"
	      "long, name  2.0K\n"
	      "caf\xc3\xa9       0\n");
}

/* Two spaces between columns as long as all is 72 wide, with so many columns counted. */
static void test_text_gap(void **state)
{
	(void)state;
	/* 10 and 4 wide, 29 columns with two spaces: 72 */
	check((struct table){ .form = TABLE_TEXT, .asked = 2, .spaced = 29 }, LOOSE,
	      "a           5\nlong, name  2048\ncaf\xc3\xa9       0\n");
	check((struct table){ .form = TABLE_TEXT, .asked = 2, .spaced = 30 }, LOOSE,
	      "a          5\nlong, name 2048\ncaf\xc3\xa9      0\n");
}

/* A column in which no row has anything goes, unless it has a title; what is "" stays. */
static void test_text_empty_column(void **state)
{
	static const struct thing rows[] = { { "a", NULL, 1, { 0, NULL } },
					     { "b", NULL, 1, { 0, NULL } } };

	(void)state;
	for (int title = 0; title < 2; title++) {
		CLEANUP(buf_release) struct buf b = BUF_INIT;
		struct table t = { .columns = loose,
				   .n_columns = ARRAY_SIZE(loose),
				   .form = TABLE_TEXT,
				   .asked = 3,
				   .title = title,
				   .out = &b };

		table_begin(&t);
		table_row(&t, &rows[0]);
		table_row(&t, &rows[1]);
		table_end(&t);
		assert_string_equal(b.data, title ? "Name  Note  Size  List\n"
						    "a     -     1     -\n"
						    "b     -     1     -\n" :
						    "a  1  -\nb  1  -\n");
	}
}

/* On a terminal what a guest chose is escaped, and counts as it is seen. */
static void test_text_escapes(void **state)
{
	static const struct thing rows[] = { { "\x1b[2J", "\n", 1, { 0, NULL } } };
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct table t = { .columns = loose,
			   .n_columns = 2,
			   .form = TABLE_TEXT,
			   .asked = 1,
			   .title = true,
			   .how = SAFE_NAME,
			   .out = &b };

	(void)state;
	table_begin(&t);
	table_row(&t, &rows[0]);
	table_end(&t);
	assert_string_equal(b.data, "Name     Note\n\\x1b[2J  \\n\n");
}

static void test_fixed(void **state)
{
	(void)state;
	check((struct table){ .form = TABLE_TEXT, .title = true }, FIXED,
	      "Name   Size Size\n"
	      "a         5   5\n"
	      "long, name\n"
	      "       2048 2048\n"
	      "caf\xc3\xa9     0   0\n");
}

static void test_csv(void **state)
{
	(void)state;
	check((struct table){ .form = TABLE_CSV, .asked = 3, .title = true }, LOOSE,
	      "Name,Note,Size,List\n"
	      "a,,5,\n"
	      "\"long, name\",\"x \"\"y\"\"\",2048,\"/dev/sda,/dev/sdb\"\n"
	      "caf\xc3\xa9,,0,/dev/sda\n");
}

static void test_json(void **state)
{
	(void)state;
	/* All columns, whatever is asked for; a title makes no row. */
	check((struct table){ .form = TABLE_JSON, .title = true }, LOOSE,
	      "{\"schema\":\"test.v1\",\"entries\":[\n"
	      "{\"name\":\"a\",\"note\":null,\"size\":5,\"list\":[],\"again\":\"a\"},\n"
	      "{\"name\":\"long, name\",\"note\":\"x \\\"y\\\"\",\"size\":2048,\"list\":["
	      "\"/dev/sda\",\"/dev/sdb\"],\"again\":\"long, name\"},\n"
	      "{\"name\":\"caf\xc3\xa9\",\"note\":null,\"size\":0,\"list\":[\"/dev/sda\"],"
	      "\"again\":\"caf\xc3\xa9\"}\n]}\n");
}

static void test_nothing(void **state)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct table t = { .columns = loose,
			   .n_columns = ARRAY_SIZE(loose),
			   .form = TABLE_JSON,
			   .schema = "test.v1",
			   .out = &b };

	(void)state;
	table_begin(&t);
	table_end(&t);
	assert_string_equal(b.data, "{\"schema\":\"test.v1\",\"entries\":[]}\n");
	buf_release(&b);
	t.form = TABLE_TEXT;
	table_begin(&t);
	table_end(&t);
	assert_int_equal(b.len, 0);
	t.form = TABLE_CSV;
	t.title = true;
	table_begin(&t);
	table_end(&t);
	assert_string_equal(b.data, "Name\n");
}

#define STR(s) ((char[]){ s })
#define NO     STR("")

static char *parent_disk[] = { STR("/dev/sda") };
static char *parent_vg[] = { STR("/dev/vg") };
static char *parent_pvs[] = { STR("/dev/sda3"), STR("/dev/sdb") };
static char *parent_md[] = { STR("/dev/sdc1"), STR("/dev/sdd1") };
static char *parent_luks[] = { STR("/dev/sda5") };

/* A disk with a bit of everything. */
static wire_block blocks_v[] = {
	{ STR("/dev/sda"), STR("device"), NO, NO, NO, NO, -1, 1073741824, { 0, NULL }, NO, -1, 0, 0 },
	{ STR("/dev/sda1"), STR("partition"), NO, NO, NO, NO, 0x83, 67108864, { 1, parent_disk }, NO, -1, 0, 0 },
	{ STR("/dev/sda2"), STR("partition"), NO, NO, NO, NO, 5, 1024, { 1, parent_disk }, NO, -1, 0, 0 },
	{ STR("/dev/sda1"), STR("filesystem"), STR("xfs"), STR("5"), STR("a, b"), STR("id-1"), -1,
	  67108864, { 1, parent_disk }, NO, -1, 0, 0 },
	{ STR("/dev/sda6"), STR("filesystem"), STR("swap"), NO, NO, STR("id-2"), -1, 4194304,
	  { 1, parent_disk }, NO, -1, 0, 0 },
	{ STR("/dev/sda7"), STR("filesystem"), NO, NO, NO, NO, -1, 512, { 1, parent_disk }, NO, -1, 0, 0 },
	{ STR("/dev/sda8"), STR("filesystem"), STR("zfs_member"), NO, STR("tank"), NO, -1, 1024,
	  { 1, parent_disk }, STR("is of ZFS"), -1, 0, 0 },
	{ STR("/dev/sda3"), STR("filesystem"), STR("LVM2_member"), NO, NO, NO, -1, 1024,
	  { 1, parent_disk }, NO, -1, 0, 0 },
	{ STR("btrfsvol:/dev/sda9/@"), STR("filesystem"), STR("btrfs"), NO, STR("pool"),
	  STR("id-3"), -1, 4096, { 1, parent_disk }, NO, -1, 0, 0 },
	{ STR("/dev/md127"), STR("filesystem"), STR("ext4"), NO, NO, STR("id-4"), -1, 8192,
	  { 2, parent_md }, NO, -1, 0, 0 },
	{ STR("/dev/md127"), STR("md"), NO, NO, STR("host"), STR("aa:bb"), -1, 8192, { 2, parent_md }, NO, -1, 0, 0 },
	{ STR("/dev/vg/lv"), STR("lv"), NO, NO, NO, STR("L-V"), -1, 8192, { 1, parent_vg }, NO, -1, 0, 0 },
	{ STR("/dev/vg"), STR("vg"), NO, NO, NO, STR("V-G-1"), -1, 16384, { 2, parent_pvs }, NO, -1, 0, 0 },
	{ STR("/dev/sda3"), STR("pv"), NO, NO, NO, STR("P-V"), -1, 16384, { 1, parent_disk }, NO, -1, 0, 0 },
	{ STR("/dev/mapper/luks-1"), STR("crypt"), NO, NO, NO, STR("c-1"), -1, 8192,
	  { 1, parent_luks }, NO, -1, 0, 0 },
};
static const wire_blocks blocks = { ARRAY_SIZE(blocks_v), blocks_v };

static wire_usage usages_v[] = {
	{ STR("/dev/sda1"), STR("xfs"), STR("id-1"), 4096, 16000, 8000, 7000, 1000, 900 },
	{ STR("btrfsvol:/dev/sda9/@"), STR("btrfs"), STR("id-3"), 4096, 1, 0, 0, 0, 0 },
	{ STR("/dev/sdb"), STR("vfat"), NO, 512, 40607, 40600, 40600, 0, 0 },
	{ STR("/dev/x"), STR("mad"), NO, UINT64_MAX, 2, UINT64_MAX, UINT64_MAX, 1, 2 },
};
static const wire_usages usages = { 3, usages_v };
static const wire_usages mad_usages = { 1, usages_v + 3 };

static void check_blocks(enum table_form form, unsigned show, bool title, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct table t = { .form = form, .asked = show, .title = title, .out = &b };

	blocks_columns(&t);
	table_begin(&t);
	blocks_list(&t, &blocks, &usages);
	table_end(&t);
	assert_string_equal(b.data ? b.data : "", want);
}

static void test_blocks_names(void **state)
{
	(void)state;
	check_blocks(TABLE_TEXT, SHOW_FILESYSTEMS, false,
		     "/dev/sda1\nbtrfsvol:/dev/sda9/@\n/dev/md127\n");
	check_blocks(TABLE_CSV, SHOW_FILESYSTEMS | SHOW_EXTRA, false,
		     "/dev/sda1\n/dev/sda6\n/dev/sda7\nbtrfsvol:/dev/sda9/@\n/dev/md127\n");
	check_blocks(TABLE_TEXT, SHOW_DEVICES | SHOW_PARTITIONS, false,
		     "/dev/sda1\n/dev/sda2\n/dev/sda\n");
	check_blocks(TABLE_TEXT, SHOW_LVS, false, "/dev/vg/lv\n");
	check_blocks(TABLE_TEXT, SHOW_VGS, false, "/dev/vg\n");
	check_blocks(TABLE_TEXT, SHOW_PVS, false, "/dev/sda3\n");
	check_blocks(TABLE_TEXT, SHOW_MDS, false, "/dev/md127\n");
	check_blocks(TABLE_TEXT, SHOW_CRYPTS, false, "/dev/mapper/luks-1\n");
}

static void test_blocks_long(void **state)
{
	(void)state;
	check_blocks(TABLE_TEXT, SHOW_ALL | SHOW_LONG | SHOW_UUIDS, true,
		     "Name                 Type       VFS     Label MBR Size       Parent              UUID\n"
		     "/dev/sda1            filesystem xfs     a, b  -   65536000   -                   id-1\n"
		     "/dev/sda6            filesystem swap    -     -   4194304    -                   id-2\n"
		     "/dev/sda7            filesystem unknown -     -   512        -                   -\n"
		     "btrfsvol:/dev/sda9/@ filesystem btrfs   pool  -   -          -                   id-3\n"
		     "/dev/md127           filesystem ext4    -     -   8192       /dev/sdc1,/dev/sdd1 id-4\n"
		     "/dev/vg/lv           lv         -       -     -   8192       /dev/vg             L-V\n"
		     "/dev/vg              vg         -       -     -   16384      /dev/sda3,/dev/sdb  VG1\n"
		     "/dev/sda3            pv         -       -     -   16384      -                   PV\n"
		     "/dev/sda1            partition  -       -     83  67108864   /dev/sda            -\n"
		     "/dev/sda2            partition  -       -     05  1024       /dev/sda            -\n"
		     "/dev/sda             device     -       -     -   1073741824 -                   -\n");
}

/* Which columns there are depends on what is listed. */
static void test_blocks_columns(void **state)
{
	(void)state;
	check_blocks(TABLE_CSV, SHOW_FILESYSTEMS | SHOW_LONG | SHOW_VERSIONS, true,
		     "Name,Type,VFS,Label,Size,Parent,FSVersion\n"
		     "/dev/sda1,filesystem,xfs,\"a, b\",65536000,,5\n"
		     "btrfsvol:/dev/sda9/@,filesystem,btrfs,pool,,,\n"
		     "/dev/md127,filesystem,ext4,,8192,\"/dev/sdc1,/dev/sdd1\",\n");
	check_blocks(TABLE_CSV, SHOW_PARTITIONS | SHOW_LONG | SHOW_UUIDS, true,
		     "Name,Type,MBR,Size,Parent,UUID\n"
		     "/dev/sda1,partition,83,67108864,/dev/sda,\n"
		     "/dev/sda2,partition,05,1024,/dev/sda,\n");
	check_blocks(TABLE_TEXT, SHOW_VGS | SHOW_LONG, false,
		     "/dev/vg  vg  16384  /dev/sda3,/dev/sdb\n");
	check_blocks(TABLE_TEXT, SHOW_DEVICES | SHOW_LONG, true,
		     "Name      Type    Size        Parent\n/dev/sda  device  1073741824  -\n");
}

/* What cannot be used: the reason is a column, and one signature does for a file system. */
static void test_blocks_unusable(void **state)
{
	(void)state;
	check_blocks(TABLE_TEXT, SHOW_UNUSABLE, false, "/dev/sda8\n");
	check_blocks(TABLE_CSV, SHOW_UNUSABLE | SHOW_LONG, true,
		     "Name,Type,VFS,Label,Size,Parent,Note\n"
		     "/dev/sda8,filesystem,zfs_member,tank,1024,,\"is of ZFS\"\n");
	check_blocks(TABLE_TEXT, SHOW_UNUSABLE | SHOW_MDS | SHOW_CRYPTS | SHOW_LONG | SHOW_UUIDS,
		     true,
		     "Name               Type       VFS        Label Size Parent              UUID  Note\n"
		     "/dev/sda8          filesystem zfs_member tank  1024 -                   -     is of ZFS\n"
		     "/dev/md127         md         -          host  8192 /dev/sdc1,/dev/sdd1 aa:bb -\n"
		     "/dev/mapper/luks-1 crypt      -          -     8192 /dev/sda5           c-1   -\n");
}

static void test_blocks_json(void **state)
{
	(void)state;
	check_blocks(TABLE_JSON, SHOW_VGS, false,
		     "{\"schema\":\"guestutils.filesystems.v1\",\"entries\":[\n"
		     "{\"name\":\"/dev/vg\",\"type\":\"vg\",\"vfs\":null,\"label\":null,\"mbr\":null,"
		     "\"size\":16384,\"parents\":[\"/dev/sda3\",\"/dev/sdb\"],\"uuid\":\"V-G-1\","
		     "\"version\":null,\"note\":null}\n]}\n");
	check_blocks(TABLE_JSON, SHOW_FILESYSTEMS, false,
		     "{\"schema\":\"guestutils.filesystems.v1\",\"entries\":[\n"
		     "{\"name\":\"/dev/sda1\",\"type\":\"filesystem\",\"vfs\":\"xfs\",\"label\":\"a, b\","
		     "\"mbr\":null,\"size\":65536000,\"parents\":[\"/dev/sda\"],\"uuid\":\"id-1\","
		     "\"version\":\"5\",\"note\":null},\n"
		     "{\"name\":\"btrfsvol:/dev/sda9/@\",\"type\":\"filesystem\",\"vfs\":\"btrfs\","
		     "\"label\":\"pool\",\"mbr\":null,\"size\":null,\"parents\":[\"/dev/sda\"],"
		     "\"uuid\":\"id-3\",\"version\":null,\"note\":null},\n"
		     "{\"name\":\"/dev/md127\",\"type\":\"filesystem\",\"vfs\":\"ext4\",\"label\":null,"
		     "\"mbr\":null,\"size\":8192,\"parents\":[\"/dev/sdc1\",\"/dev/sdd1\"],"
		     "\"uuid\":\"id-4\",\"version\":null,\"note\":null}\n]}\n");
}

static void test_blocks_usage(void **state)
{
	struct table t = { .form = TABLE_TEXT, .asked = SHOW_FILESYSTEMS };

	(void)state;
	assert_false(blocks_want_usage(&t));
	t.asked |= SHOW_LONG;
	assert_true(blocks_want_usage(&t));
	t.asked = SHOW_LONG | SHOW_LVS;
	assert_false(blocks_want_usage(&t));
	t.asked = SHOW_FILESYSTEMS;
	t.form = TABLE_JSON;
	assert_true(blocks_want_usage(&t));
}

static const struct drive_arg drives[] = { { .name = "/a/x.img" }, { .name = "y.img" } };

static void check_df(enum table_form form, const struct df_options *o, const char *name,
		     const wire_usages *list, const char *want)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	struct table t = { .form = form, .out = &b };

	df_columns(&t, o);
	table_begin(&t);
	df_list(&t, name, drives, 2, list);
	table_end(&t);
	assert_string_equal(b.data, want);
}

static void test_df_text(void **state)
{
	const struct df_options none = { 0 }, human = { .human = true }, inodes = { .inodes = true };

	(void)state;
	check_df(TABLE_TEXT, &none, "x.img+", &usages,
		 "Filesystem                           1K-blocks       Used  Available  Use%\n"
		 "x.img+:/dev/sda1                         64000      32000      28000   50%\n"
		 "x.img+:btrfsvol:/dev/sda9/@                  4          4          0  100%\n"
		 "x.img+:/dev/sdb                          20303          3      20300    1%\n");
	check_df(TABLE_TEXT, &human, "x.img+", &usages,
		 "Filesystem                                Size       Used  Available  Use%\n"
		 "x.img+:/dev/sda1                           62M        31M        27M   50%\n"
		 "x.img+:btrfsvol:/dev/sda9/@               4.0K       4.0K          0  100%\n"
		 "x.img+:/dev/sdb                            20M       3.5K        20M    1%\n");
	check_df(TABLE_TEXT, &inodes, "a name that is as long as can be: 123", &usages,
		 "Filesystem                              Inodes      IUsed      IFree IUse%\n"
		 "a name that is as long as can be: 123:/dev/sda1\n"
		 "                                          1000        100        900   10%\n"
		 "a name that is as long as can be: 123:btrfsvol:/dev/sda9/@\n"
		 "                                             0          0          0    0%\n"
		 "a name that is as long as can be: 123:/dev/sdb\n"
		 "                                             0          0          0    0%\n");
}

/* The first column has room for 36 bytes, and no gap after it. */
static void test_df_wrap(void **state)
{
	const struct df_options none = { 0 };
	const wire_usages one = { 1, usages_v };

	(void)state;
	check_df(TABLE_TEXT, &none, "12345678901234567890123456", &one,
		 "Filesystem                           1K-blocks       Used  Available  Use%\n"
		 "12345678901234567890123456:/dev/sda1     64000      32000      28000   50%\n");
	check_df(TABLE_TEXT, &none, "123456789012345678901234567", &one,
		 "Filesystem                           1K-blocks       Used  Available  Use%\n"
		 "123456789012345678901234567:/dev/sda1\n"
		 "                                         64000      32000      28000   50%\n");
}

static void test_df_csv(void **state)
{
	const struct df_options csv = { .csv = true }, inodes = { .csv = true, .inodes = true };

	(void)state;
	check_df(TABLE_CSV, &csv, "x y", &usages,
		 "VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%\n"
		 "\"x y\",/dev/sda1,64000,32000,28000,50.0\n"
		 "\"x y\",btrfsvol:/dev/sda9/@,4,4,0,100.0\n"
		 "\"x y\",/dev/sdb,20303,3,20300,0.0\n");
	check_df(TABLE_CSV, &inodes, "x", &usages,
		 "VirtualMachine,Filesystem,Inodes,IUsed,IFree,IUse%\n"
		 "x,/dev/sda1,1000,100,900,10.0\n"
		 "x,btrfsvol:/dev/sda9/@,0,0,0,0.0\n"
		 "x,/dev/sdb,0,0,0,0.0\n");
}

static void test_df_json(void **state)
{
	const struct df_options none = { 0 };
	const wire_usages one = { 1, usages_v };

	(void)state;
	check_df(TABLE_JSON, &none, "x.img+", &one,
		 "{\"schema\":\"guestutils.df.v1\",\"entries\":[\n"
		 "{\"name\":\"x.img+\",\"device\":\"/dev/sda1\",\"images\":[\"/a/x.img\",\"y.img\"],"
		 "\"type\":\"xfs\",\"uuid\":\"id-1\",\"size\":65536000,\"used\":32768000,"
		 "\"free\":32768000,\"available\":28672000,\"use_percent\":50.0,\"inodes\":1000,"
		 "\"inodes_used\":100,\"inodes_free\":900,\"inodes_use_percent\":10.0}\n]}\n");
}

/* A file system that lies about itself gets numbers all the same. */
static void test_df_hostile(void **state)
{
	const struct df_options none = { 0 }, inodes = { .inodes = true };

	(void)state;
	check_df(TABLE_CSV, &none, "x", &mad_usages,
		 "VirtualMachine,Filesystem,1K-blocks,Used,Available,Use%\n"
		 "x,/dev/x,36028797018963966,0,18446744073709551615,0.0\n");
	check_df(TABLE_TEXT, &inodes, "x", &mad_usages,
		 "Filesystem                              Inodes      IUsed      IFree IUse%\n"
		 "x:/dev/x                                     1          0          2    0%\n");
}

static void check_name(const char *name, size_t n, const char *want)
{
	struct drive_arg d[3] = { { .name = name }, { .name = "/b/c" }, { .name = "d" } };
	CLEANUP(free) char *s = df_name(d, n, false);

	assert_string_equal(s, want);
}

static void test_df_name(void **state)
{
	(void)state;
	check_name("x.img", 1, "x.img");
	check_name("/a/b/x.img", 1, "x.img");
	check_name("file:///a/x.img", 3, "x.img++");
	check_name("/a/", 2, "/a/+");

	struct domain web = { .name = (char *)(uintptr_t)"web", .uuid = (char *)(uintptr_t)"1-2" };
	struct drive_arg d[2] = { { .name = "1-2", .domain = &web }, { .name = "x" } };
	CLEANUP(free) char *by_name = df_name(d, 2, false);
	assert_string_equal(by_name, "web+");
	CLEANUP(free) char *by_uuid = df_name(d, 1, true);
	assert_string_equal(by_uuid, "1-2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_gap),
		cmocka_unit_test(test_text_empty_column),
		cmocka_unit_test(test_text_escapes),
		cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_blocks_names),
		cmocka_unit_test(test_blocks_long),
		cmocka_unit_test(test_blocks_columns),
		cmocka_unit_test(test_blocks_unusable),
		cmocka_unit_test(test_blocks_json),
		cmocka_unit_test(test_blocks_usage),
		cmocka_unit_test(test_df_text),
		cmocka_unit_test(test_df_wrap),
		cmocka_unit_test(test_df_csv),
		cmocka_unit_test(test_df_json),
		cmocka_unit_test(test_df_hostile),
		cmocka_unit_test(test_df_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
