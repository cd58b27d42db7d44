/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fat-grow FILE: what guestd does with a FAT, for test-fat.sh: "max BYTES" to stdout, then it grows to the file's size. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/fat.h"

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
	struct err e = ERR_INIT;
	uint8_t boot[FAT_BOOT];
	struct stat st;
	struct fat f;

	if (fd < 0 || fstat(fd, &st) < 0 || pread(fd, boot, sizeof(boot), 0) != sizeof(boot)) {
		perror("fat-grow");
		return 2;
	}
	if (fat_parse(boot, &f))
		printf("max %llu\n", (unsigned long long)fat_max(&f));
	if (fat_check(fd, &e) < 0 || fat_grow(fd, (uint64_t)st.st_size, &e) < 0) {
		fprintf(stderr, "%s\n", e.msg);
		return 1;
	}
	return close(fd) < 0;
}
