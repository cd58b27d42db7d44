#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# Images made of folders and archives.

load lib/common
load lib/images

setup_file()
{
	warm_cache
}

teardown()
{
	local left
	left=$(find . -maxdepth 2 -name '.guestutils-*')
	[ -z "$left" ] || { echo "left behind: $left" >&2; return 1; }
	common_teardown
}

# tree: a folder with a bit of all that each file system can hold, and its archive, whose files
# have owners that nobody needs rights for.
tree()
{
	mkdir -p tree/sub/deep
	echo hello >tree/hello
	head -c 300000 /dev/urandom >tree/sub/deep/random
	: >tree/empty
	echo 'of the top' >"tree/sub/Grüße und so"
	tar -C tree --owner=1234 --group=5678 --format=posix -cf tree.tar .
}

# more: what only file systems of Linux can hold, as well.
more()
{
	tree
	ln -s sub/deep/random tree/link
	ln tree/hello tree/hard
	printf 'bytes' >"$(printf 'tree/sub/\377\376')"
	chmod 4750 tree/hello
	mkfifo tree/pipe
	truncate -s 20M tree/sparse
	echo end >>tree/sparse
	touch -d '2001-02-03 04:05:06.123456789' tree/empty
	tar -C tree --owner=1234 --group=5678 --format=posix --sparse -cf tree.tar .
}

# made OPTION... IN: disk.img comes of it, without a word.
made()
{
	rm -f disk.img
	capture guest-make-fs "$@" disk.img
	if [ "$status" != 0 ] || [ -n "$out$err" ]; then
		echo "$status $out $err"
		return 1
	fi
}

# same DEVICE FORMAT FILE...: the image has these files of the tree.
same()
{
	local device=$1 format=$2 file
	shift 2
	for file; do
		guest-cat --format="$format" -a disk.img -m "$device" "/$file" | cmp - "tree/$file"
	done
}

# listed DEVICE: what is in there, as "type mode size uid gid path"; without times, and lost+found.
listed()
{
	guest-ls -lR --uids -m "$1" -a disk.img / | grep -av ' /lost+found$' | tr -s ' '
}

@test "a folder becomes an ext2, on all of a raw disk" {
	more
	made tree
	[ "$(blkid -p -o value -s TYPE disk.img)" = ext2 ]
	e2fsck -fn disk.img >/dev/null 2>&1
	same /dev/sda raw hello hard sub/deep/random empty sparse "$(printf 'sub/\377\376')" \
		'sub/Grüße und so'
	listed /dev/sda >list
	grep -qx -- "- 4750 6 $(id -u) $(id -g) /hello" list
	grep -qx -- "l 0777 15 $(id -u) $(id -g) /link -> sub/deep/random" list
	grep -qx -- "p [0-7]* 0 $(id -u) $(id -g) /pipe" list
	# Holes are no blocks, and two names are one file.
	[ "$(debugfs -R 'stat /sparse' disk.img 2>/dev/null | sed -n 's/.*Blockcount: //p')" -lt 100 ]
	debugfs -R 'stat /hard' disk.img 2>/dev/null | grep -q 'Links: 2'
	debugfs -R 'stat /empty' disk.img 2>/dev/null | grep -q 'mtime: .*Sat Feb  3 04:05:06 2001'
	# Sparse, and not much larger than it has to be.
	[ "$(stat -c %s disk.img)" -lt 4000000 ]
	[ "$(du -k disk.img | cut -f1)" -lt 1000 ]
}

@test "an archive, packed in any way, with the owners that it has" {
	local pack
	more
	made tree.tar
	listed /dev/sda >list
	grep -qx -- '- 4750 6 1234 5678 /hello' list
	grep -qx -- 'd 0[0-7]* 1024 1234 5678 /' list
	grep -qaF -- "$(printf '5 1234 5678 /sub/\377\376')" list
	for pack in 'gzip -c' 'bzip2 -c' 'xz -c' 'zstd -qc' 'xz --format=lzma -c'; do
		requires "${pack%% *}"
		$pack tree.tar >packed
		made packed
		listed /dev/sda | cmp - list
		same /dev/sda raw sub/deep/random hello
	done
}

@test "formats of tar: v7, ustar, GNU's with its own sparse files and long names" {
	local format long
	tree
	long=$(printf 'long%.0s' {1..60})
	for format in v7 ustar gnu oldgnu; do
		if [[ $format = *gnu ]]; then
			echo long >"tree/$long"
			truncate -s 5M tree/sparse
			echo end >>tree/sparse
		fi
		tar -C tree --sparse --format=$format -cf old.tar . 2>/dev/null ||
			tar -C tree --format=$format -cf old.tar .
		made old.tar
		same /dev/sda raw hello sub/deep/random
	done
	same /dev/sda raw "$long" sparse
}

@test "each file system, and what it is checked with" {
	local type check
	while read -r type check; do
		tree
		[ "$type" = vfat ] || [ "$type" = exfat ] || [ "$type" = ntfs ] || more
		made --type="$type" --label=DATA tree
		capture guest-filesystems -l --no-title -a disk.img
		[[ $(tr -s ' ' <out) == "/dev/sda filesystem $type DATA "* ]] || {
			echo "$type: $out"
			return 1
		}
		same /dev/sda raw hello sub/deep/random empty 'sub/Grüße und so'
		listed /dev/sda >list
		[ "$(wc -l <list)" = "$(find tree | wc -l)" ] || grep -q '/System Volume' list || {
			echo "$type: $(cat list)"
			return 1
		}
		if command -v "${check%% *}" >/dev/null; then
			$check disk.img >words 2>&1 || { cat words; return 1; }
		fi
		rm -rf tree
	done <<-'END'
		ext3 e2fsck -fn
		ext4 e2fsck -fn
		xfs xfs_repair -n -f
		btrfs btrfs check
		f2fs fsck.f2fs --dry-run
		vfat fsck.vfat -n
		exfat fsck.exfat -n
		ntfs ntfsfix -n
	END
}

@test "partitions: an MBR or a GPT, marked as what is in it" {
	local type mark
	tree
	while read -r type mark; do
		made --partition --type="$type" tree.tar
		sfdisk -d disk.img >table
		grep -q 'label: dos' table
		grep -q "start= *128, .*type=$mark" table
		same /dev/sda1 raw hello
	done <<-'END'
		ext4 83
		vfat b
		ntfs 7
	END
	made --partition=gpt --type=ext4 tree
	sfdisk -d disk.img >table
	grep -q 'label: gpt' table
	grep -q 'start= *128, .*type=0FC63DAF' table
	sfdisk -V -q disk.img
	same /dev/sda1 raw hello
	made --partition=efi tree
	sfdisk -d disk.img | grep -q 'label: gpt'
	made --partition=msdos tree
	sfdisk -d disk.img | grep -q 'label: dos'
	made --partition=gpt --blocksize=4096 tree
	capture guest-filesystems --blocksize=4096 --format=raw -a disk.img
	[ "$out" = /dev/sda1 ]
	guest-cat --format=raw --blocksize=4096 -a disk.img -m /dev/sda1 /hello | cmp - tree/hello
}

@test "other formats of images" {
	local format
	requires qemu-img
	tree
	for format in qcow2 vmdk vdi vhdx vpc; do
		made --format=$format --size=+50M tree
		[ "$(qemu-img info --output=json disk.img | grep -c "\"format\": \"$format\"")" -ge 1 ]
		same /dev/sda $format hello sub/deep/random
	done
	made -F qcow2 -t ext4 -s +100G --partition=gpt tree.tar
	qemu-img check -q disk.img
	[ "$(du -m disk.img | cut -f1)" -lt 100 ]
	same /dev/sda1 qcow2 hello
}

@test "a floppy disk" {
	tree
	made --floppy tree
	[ "$(stat -c %s disk.img)" = 1474560 ]
	sfdisk -d disk.img | grep -q 'start= *128, .*type=b'
	same /dev/sda1 raw hello sub/deep/random
	dd if=/dev/urandom of=tree/more bs=1k count=1300 status=none
	fails_with "cannot write 'more|cannot write './more" guest-make-fs --floppy tree disk.img
	same /dev/sda1 raw hello
}

@test "sizes: absolute, and more than is needed" {
	tree
	made --size=40M tree
	[ "$(stat -c %s disk.img)" = 41943040 ]
	made --size=5000000b tree
	[ "$(stat -c %s disk.img)" = 5000192 ]
	capture guest-make-fs --json --size=+30M tree disk.img
	[ "$status" = 0 ]
	[[ $out =~ \"size\":([0-9]+) ]] && [ "${BASH_REMATCH[1]}" = "$(stat -c %s disk.img)" ]
	[[ $out =~ \"free\":([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -gt 30000000 ] &&
		[ "${BASH_REMATCH[1]}" -lt 40000000 ]
	[[ $out == '{"schema":"guestutils.make-fs.v1","image":"disk.img","format":"raw",'*'"device":"/dev/sda","filesystem":"ext2","label":null,"files":7,"bytes":300017,'* ]]
	cp disk.img before
	fails_with "No space left on device; about [0-9]+ bytes are needed: use --size=1M" \
		guest-make-fs --size=200K tree disk.img
	cmp disk.img before
	capture guest-make-fs --size=1M tree disk.img
	[ "$status" = 0 ]
	for size in 10Q 1.5G 5MM '' + 0 -- 99999999999E 20000P; do
		capture guest-make-fs --size="$size" tree disk.img
		[ "$status" = 2 ]
	done
}

@test "nothing at all, and many files" {
	local type
	mkdir none
	for type in ext2 ext4 xfs btrfs vfat ntfs; do
		made --type=$type none
	done
	# More inodes than mke2fs would make by itself: files of no bytes.
	mkdir many
	(cd many && seq -f 'file-%g' 4000 | xargs touch)
	made --type=ext4 many
	e2fsck -fn disk.img >/dev/null 2>&1
	[ "$(guest-ls -m /dev/sda -a disk.img / | grep -c file-)" = 4000 ]
	# The top of a small vfat has room for 512 entries only.
	made --type=vfat many
	[ "$(guest-ls -m /dev/sda -a disk.img / | grep -c file-)" = 4000 ]
}

@test "what is no whole archive makes no image" {
	tree
	echo old >disk.img
	gzip -c tree.tar >tree.tar.gz
	head -c 150000 tree.tar >cut.tar
	head -c 100000 tree.tar.gz >cut.tar.gz
	head -c 100000 /dev/urandom >noise
	{ head -c 2048 tree.tar; cat noise; } >noisy.tar
	: >nothing
	echo text >text
	fails_with "cannot read 'cut.tar': it is cut short" guest-make-fs cut.tar disk.img
	fails_with "cannot read 'cut.tar.gz': gzip: stdin: unexpected end of file" \
		guest-make-fs cut.tar.gz disk.img
	fails_with "cannot read 'noise': it is no tar archive" guest-make-fs noise disk.img
	fails_with "cannot read 'noisy.tar': it is damaged at byte" guest-make-fs noisy.tar disk.img
	fails_with "cannot read 'nothing': it is empty" guest-make-fs nothing disk.img
	fails_with "cannot read 'text': it is no tar archive" guest-make-fs text disk.img
	fails_with "cannot open 'nosuch'" guest-make-fs nosuch disk.img
	mkfifo pipe
	fails_with "'pipe' is neither a folder nor a file" guest-make-fs pipe disk.img
	[ "$(cat disk.img)" = old ]
	fails_with "'tree.tar' is what the image is to be made of" guest-make-fs tree.tar tree.tar
	tar -tf tree.tar >/dev/null
	# Without the blocks at its end it may be whole.
	tar -C tree -b 1 -cf short.tar .
	truncate -s -1024 short.tar
	capture guest-make-fs short.tar disk.img
	[ "$status" = 0 ]
	[ "$err" = "guest-make-fs: warning: 'short.tar' has no end mark: some of it may be missing" ]
	same /dev/sda raw hello
}

@test "names and links in an archive lead nowhere else" {
	requires python3
	python3 - <<-'END'
		import io, tarfile
		def add(t, name, kind=tarfile.REGTYPE, link='', data=b'evil\n'):
		    i = tarfile.TarInfo(name)
		    i.type, i.linkname = kind, link
		    i.size = len(data) if kind == tarfile.REGTYPE else 0
		    t.addfile(i, io.BytesIO(data))
		with tarfile.open('absolute.tar', 'w') as t:
		    add(t, '/etc/absolute')
		    add(t, 'hard', tarfile.LNKTYPE, '/etc/absolute')
		    add(t, 'top', tarfile.SYMTYPE, '/')
		    add(t, 'top/through')
		    add(t, 'far', tarfile.SYMTYPE, '../../../../../..')
		    add(t, 'far/etc/through')
		with tarfile.open('dots.tar', 'w') as t:
		    add(t, 'a/../../../etc/dots')
		with tarfile.open('link.tar', 'w') as t:
		    add(t, 'dev', tarfile.SYMTYPE, '/sys')
		    add(t, 'dev/kernel')
	END
	made absolute.tar
	listed /dev/sda | cut -d' ' -f6- | sort >names
	[ "$(tr '\n' '|' <names)" = '/|/etc|/etc/absolute|/etc/through|/far -> ../../../../../..|/hard|/through|/top -> /|' ]
	fails_with "cannot make 'a/../../../etc/dots': Path contains '..'" guest-make-fs dots.tar disk.img
	fails_with "cannot make 'dev/kernel'" guest-make-fs link.tar disk.img
}

@test "what a file system cannot hold is an error, and names the file" {
	tree
	ln -s hello tree/link
	fails_with "cannot make './link': .*Operation not permitted" guest-make-fs -t vfat tree disk.img
	[ ! -e disk.img ]
	rm tree/link
	fails_with "the label of a file system of type 'vfat' has up to 11 characters" guest-make-fs -t vfat --label=farmorethanelevenletters tree disk.img
	capture guest-make-fs --type=zfs tree disk.img
	[ "$status" = 2 ]
	[[ $err == *"cannot make a file system of type 'zfs'; known are: ext2, "* ]]
	capture guest-make-fs --type=swap tree disk.img
	[ "$status" = 2 ]
	capture guest-make-fs --format=qcow9 tree disk.img
	[ "$status" = 2 ]
	[[ $err == *"known are: qcow2, "* ]]
	capture guest-make-fs tree
	[ "$status" = 2 ]
	capture guest-make-fs tree disk.img other
	[ "$status" = 2 ]
	[ ! -e disk.img ]
}

@test "extended attributes and ACLs" {
	requires python3
	python3 - <<-'END'
		import io, tarfile
		with tarfile.open('attributes.tar', 'w', format=tarfile.PAX_FORMAT) as t:
		    i = tarfile.TarInfo('file')
		    i.mode = 0o755
		    i.pax_headers = {'SCHILY.xattr.user.colour': 'green',
		                     'SCHILY.acl.access': 'user::rw-\nuser:7:rwx\ngroup::r--\nmask::rwx\nother::r--\n'}
		    t.addfile(i)
	END
	made -t ext4 attributes.tar
	debugfs -R 'ea_list file' disk.img 2>/dev/null >list
	grep -q 'user.colour (5) = "green"' list
	grep -q 'system.posix_acl_access' list
}

@test "an image that is there is replaced, if it may be" {
	tree
	user_setup
	cp -r tree tree.tar "$user_dir"
	chmod -R a+rX "$user_dir"
	cd "$user_dir"
	as_user cp tree/hello out.img
	as_user chmod 640 out.img
	as_user ln -s out.img link.img
	as_user guest-make-fs tree.tar link.img
	[ "$(stat -c %a out.img)" = 640 ]
	[ -L link.img ]
	e2fsck -fn out.img >/dev/null 2>&1
	sum=$(sha256sum <out.img)
	chmod 444 out.img
	user_fails "cannot make it anew: cannot open '.*/out.img' for writing: Permission denied" tree.tar out.img
	user_fails "'.*' is a folder, not a disk image" tree.tar tree
	user_fails "cannot make 'none/out.img': No such file" tree.tar none/out.img
	user_fails "cannot make '/etc/out.img': Permission denied" tree.tar /etc/out.img
	chmod 0 tree/hello
	user_fails "cannot read 'tree': tar: ./hello: Cannot open: Permission denied" tree new.img
	[ ! -e new.img ]
	[ "$(sha256sum <out.img)" = "$sum" ]
}

# user_fails REGEX ARGUMENT...: as fails_with, of a user who owns nothing.
user_fails()
{
	capture as_user guest-make-fs "${@:2}"
	says_once 1 "$1" guest-make-fs
}

@test "an image in use is left alone" {
	requires qemu-img qemu-io
	tree
	made --format=qcow2 tree
	sum=$(sha256sum <disk.img)
	qemu-io -f qcow2 -c 'sleep 20000' disk.img &
	pid=$!
	wait_for 10 holds_lock
	fails_with "'.*disk.img' is in use by process" guest-make-fs tree disk.img
	kill "$pid"
	[ "$(sha256sum <disk.img)" = "$sum" ]
}

holds_lock()
{
	! flock -n disk.img true 2>/dev/null || grep -q ":$(stat -c %i disk.img) " /proc/locks
}

@test "ended in the middle, it leaves nothing" {
	tree
	dd if=/dev/urandom of=tree/large bs=1M count=60 status=none
	echo old >disk.img
	guest-make-fs -x tree disk.img 2>words &
	pid=$!
	wait_for 60 grep -q ' unpack ' words
	kill -TERM "$pid"
	wait "$pid" && status=0 || status=$?
	[ "$status" = 143 ]
	[ "$(cat disk.img)" = old ]
	guest-make-fs -x tree disk.img 2>words &
	pid=$!
	wait_for 60 grep -q ' unpack ' words
	kill -KILL "$pid"
	wait "$pid" || :
	[ "$(cat disk.img)" = old ]
	[ "$(find . -maxdepth 1 -type f | sort | tr '\n' ' ')" = './disk.img ./tree.tar ./words ' ]
}

@test "progress, and steps" {
	tree
	dd if=/dev/urandom of=tree/large bs=1M count=30 status=none
	capture guest-make-fs --progress=json tree disk.img
	[ "$status" = 0 ]
	[[ $err == *'"schema":"guestutils.progress.v1"'* ]]
	capture guest-make-fs -v tree disk.img
	[[ $err == *"reading 'tree'"*"'disk.img' gets "*" bytes, in raw"* ]]
}
