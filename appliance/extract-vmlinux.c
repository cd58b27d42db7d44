/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * extract-vmlinux BZIMAGE VMLINUX: writes the ELF kernel that a bzImage carries
 * compressed. Runs at build time only. qemu enters the result by its PVH note,
 * so that the guest spends no time on decompression.
 *
 *   0x1f1  setup_sects (0 stands for 4)     payload = (setup_sects + 1) * 512
 *   0x202  "HdrS"                                     + payload_offset
 *   0x206  boot protocol version, >= 2.08   and ends with the unpacked size,
 *   0x248  payload_offset                   32 bits (gzip's own trailer is that too)
 *   0x24c  payload_length
 */
#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <lz4.h>
#include <lzma.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "util/buf.h"
#include "util/err.h"
#include "util/io.h"

#define IMAGE_MAX     ((size_t)256 << 20) /* a bzImage is some 10 MiB */
#define VMLINUX_MAX   ((size_t)1 << 30)	  /* unpacked some 60 MiB */
#define LZ4_BLOCK_MAX ((size_t)8 << 20)	  /* of the legacy frame format */
#define PVH_NOTE_TYPE 18		  /* XEN_ELFNOTE_PHYS32_ENTRY */

/* A stretch of bytes that somebody else owns. */
struct bytes {
	const uint8_t *p;
	size_t n;
};

/* Unpacks in into exactly out_n bytes at out. */
typedef int unpack_fn(struct bytes in, uint8_t *out, size_t out_n, struct err *e);

static uint32_t le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static int unpack_none(struct bytes in, uint8_t *out, size_t out_n, struct err *e)
{
	if (in.n < out_n)
		return err_set(e, EINVAL, "ends early");
	memcpy(out, in.p, out_n);
	return 0;
}

static int unpack_gzip(struct bytes in, uint8_t *out, size_t out_n, struct err *e)
{
	z_stream z = {
		.next_in = (Bytef *)in.p,
		.avail_in = in.n,
		.next_out = out,
		.avail_out = out_n,
	};

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return err_set(e, ENOMEM, "zlib does not start");
	int rc = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (rc != Z_STREAM_END || z.avail_out)
		return err_set(e, EINVAL, "damaged (zlib says %d)", rc);
	return 0;
}

/* xz, and the older .lzma. */
static int unpack_xz(struct bytes in, uint8_t *out, size_t out_n, struct err *e)
{
	lzma_stream s = LZMA_STREAM_INIT;

	if (lzma_auto_decoder(&s, UINT64_MAX, 0) != LZMA_OK)
		return err_set(e, ENOMEM, "liblzma does not start");
	s.next_in = in.p;
	s.avail_in = in.n;
	s.next_out = out;
	s.avail_out = out_n;
	lzma_ret rc = lzma_code(&s, LZMA_FINISH);
	lzma_end(&s);
	if (rc != LZMA_STREAM_END || s.avail_out)
		return err_set(e, EINVAL, "damaged (liblzma says %d)", (int)rc);
	return 0;
}

/* The legacy frame: a magic number, then blocks with their packed size before them. */
static int unpack_lz4(struct bytes in, uint8_t *out, size_t out_n, struct err *e)
{
	size_t pos = 4, done = 0;

	while (done < out_n) {
		if (in.n - pos < 4)
			return err_set(e, EINVAL, "ends early");
		uint32_t n = le32(in.p + pos);
		size_t room = out_n - done < LZ4_BLOCK_MAX ? out_n - done : LZ4_BLOCK_MAX;
		pos += 4;
		if (n > in.n - pos)
			return err_set(e, EINVAL, "a block of %u bytes goes past the end", n);
		int got = LZ4_decompress_safe((const char *)in.p + pos, (char *)out + done, (int)n,
					      (int)room);
		if (got <= 0)
			return err_set(e, EINVAL, "damaged (liblz4 says %d)", got);
		pos += n;
		done += (size_t)got;
	}
	return 0;
}

static int unpack_zstd(struct bytes in, uint8_t *out, size_t out_n, struct err *e)
{
	size_t n = ZSTD_findFrameCompressedSize(in.p, in.n);

	if (!ZSTD_isError(n))
		n = ZSTD_decompress(out, out_n, in.p, n);
	if (ZSTD_isError(n))
		return err_set(e, EINVAL, "damaged (libzstd says: %s)", ZSTD_getErrorName(n));
	if (n != out_n)
		return err_set(e, EINVAL, "%zu bytes instead of %zu", n, out_n);
	return 0;
}

static const struct packing {
	const char *name;
	const char *magic;
	size_t magic_len;
	unpack_fn *unpack;
} packings[] = {
	{ "xz", "\3757zXZ", 6, unpack_xz },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, unpack_zstd },
	{ "lz4", "\x02\x21\x4c\x18", 4, unpack_lz4 },
	{ "gzip", "\x1f\x8b\x08", 3, unpack_gzip },
	{ "lzma", "\x5d\0\0", 3, unpack_xz },
	{ "no compression", ELFMAG, SELFMAG, unpack_none },
};

static const struct packing *packing_of(struct bytes in)
{
	for (size_t i = 0; i < sizeof(packings) / sizeof(*packings); i++)
		if (in.n >= packings[i].magic_len &&
		    !memcmp(in.p, packings[i].magic, packings[i].magic_len))
			return &packings[i];
	return NULL;
}

/* Finds the payload of a bzImage: the packed kernel with its unpacked size at the end. */
static int find_payload(struct bytes image, struct bytes *ret_payload, struct err *e)
{
	if (image.n < 0x250 || memcmp(image.p + 0x202, "HdrS", 4))
		return err_set(e, EINVAL, "not a bzImage");
	unsigned int version = image.p[0x206] | image.p[0x207] << 8;
	if (version < 0x208)
		return err_set(e, EINVAL, "boot protocol %u.%02u is older than 2.08", version >> 8,
			       version & 0xff);
	uint64_t start = ((image.p[0x1f1] ? image.p[0x1f1] : 4) + 1) * 512u;
	start += le32(image.p + 0x248);
	uint64_t n = le32(image.p + 0x24c);
	if (n < 8 || start > image.n || n > image.n - start)
		return err_set(e, EINVAL, "payload of %ju bytes at %ju goes past the end",
			       (uintmax_t)n, (uintmax_t)start);
	*ret_payload = (struct bytes){ image.p + start, n };
	return 0;
}

/* Is there a note of the PVH entry among these? */
static int notes_have_pvh(struct bytes notes)
{
	size_t pos = 0;

	while (notes.n - pos >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr h;
		memcpy(&h, notes.p + pos, sizeof(h));
		pos += sizeof(h);
		uint64_t name_n = ((uint64_t)h.n_namesz + 3) & ~(uint64_t)3;
		uint64_t desc_n = ((uint64_t)h.n_descsz + 3) & ~(uint64_t)3;
		if (name_n > notes.n - pos || desc_n > notes.n - pos - name_n)
			return 0;
		if (h.n_type == PVH_NOTE_TYPE && h.n_namesz == 4 &&
		    !memcmp(notes.p + pos, "Xen", 4))
			return 1;
		pos += name_n + desc_n;
	}
	return 0;
}

/* Refuses what qemu could not start. */
static int check_vmlinux(struct bytes elf, struct err *e)
{
	Elf64_Ehdr h;

	if (elf.n < sizeof(h) || memcmp(elf.p, ELFMAG, SELFMAG))
		return err_set(e, EINVAL, "the kernel inside is not an ELF file");
	memcpy(&h, elf.p, sizeof(h));
	if (h.e_ident[EI_CLASS] != ELFCLASS64 || h.e_ident[EI_DATA] != ELFDATA2LSB ||
	    h.e_machine != EM_X86_64 || h.e_phentsize != sizeof(Elf64_Phdr))
		return err_set(e, EINVAL, "the kernel inside is not for x86_64");
	if (h.e_phoff > elf.n || h.e_phnum > (elf.n - h.e_phoff) / sizeof(Elf64_Phdr))
		return err_set(e, EINVAL, "the kernel's program headers go past its end");
	for (size_t i = 0; i < h.e_phnum; i++) {
		Elf64_Phdr p;
		memcpy(&p, elf.p + h.e_phoff + i * sizeof(p), sizeof(p));
		if (p.p_offset > elf.n || p.p_filesz > elf.n - p.p_offset)
			return err_set(e, EINVAL, "the kernel's segment %zu goes past its end", i);
		if (p.p_type == PT_NOTE &&
		    notes_have_pvh((struct bytes){ elf.p + p.p_offset, p.p_filesz }))
			return 0;
	}
	return err_set(e, ENOTSUP, "the kernel has no PVH entry (it was built without CONFIG_PVH)");
}

/* Unpacks the payload into *vmlinux and checks what came out. */
static int extract(struct bytes image, struct buf *vmlinux, struct err *e)
{
	struct bytes in;

	if (find_payload(image, &in, e))
		return -1;
	const struct packing *packing = packing_of(in);
	if (!packing)
		return err_set(e, ENOTSUP, "unknown compression (it starts %02x %02x %02x %02x)",
			       in.p[0], in.p[1], in.p[2], in.p[3]);
	size_t n = le32(in.p + in.n - 4);
	if (packing->unpack == unpack_none)
		n = in.n;
	if (!n || n > VMLINUX_MAX)
		return err_set(e, EFBIG, "says that it unpacks to %zu bytes", n);
	buf_room(vmlinux, n);
	if (packing->unpack(in, (uint8_t *)vmlinux->data, n, e))
		return err_ctx(e, "%s", packing->name);
	vmlinux->len = n;
	return check_vmlinux((struct bytes){ (uint8_t *)vmlinux->data, n }, e);
}

static int write_file(const char *path, const struct buf *b, struct err *e)
{
	CLEANUP(fd_close) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0)
		return err_sys(e, "cannot create '%s'", path);
	if (write_full(fd, b->data, b->len) || close(TAKE_FD(fd))) {
		err_sys(e, "cannot write '%s'", path);
		unlink(path);
		return -1;
	}
	return 0;
}

static int run(const char *from, const char *to, struct err *e)
{
	CLEANUP(buf_release) struct buf image = BUF_INIT;
	CLEANUP(buf_release) struct buf vmlinux = BUF_INIT;

	if (file_read(AT_FDCWD, from, IMAGE_MAX, &image, e))
		return -1;
	if (extract((struct bytes){ (uint8_t *)image.data, image.len }, &vmlinux, e))
		return err_ctx(e, "cannot take the kernel out of '%s'", from);
	return write_file(to, &vmlinux, e);
}

int main(int argc, char **argv)
{
	struct err e = ERR_INIT;

	if (argc != 3) {
		fprintf(stderr, "usage: extract-vmlinux BZIMAGE VMLINUX\n");
		return 2;
	}
	if (run(argv[1], argv[2], &e)) {
		fprintf(stderr, "extract-vmlinux: %s\n", e.msg);
		return 1;
	}
	return 0;
}
