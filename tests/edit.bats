#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016,SC2154
# guest-edit: what it changes, what it keeps, and when it writes nothing.

load lib/common
load lib/images

setup_file()
{
	warm_cache
}

# An editor is a script; $1 is its body, in which "$1" is the file.
editor()
{
	printf '#!/bin/sh\n%s\n' "$1" >"$BATS_TEST_TMPDIR/editor"
	chmod +x "$BATS_TEST_TMPDIR/editor"
	unset VISUAL
	export EDITOR=$BATS_TEST_TMPDIR/editor
}

# edit ARGUMENT...: on the copy, with the file system on the whole disk.
edit()
{
	capture guest-edit -a "$image" -m /dev/sda "$@"
}

# content FILE: as the guest has it now.
content()
{
	guest-cat -a "$image" -m /dev/sda "$1"
}

# The file system of an ext4 image has no faults.
sound()
{
	e2fsck -fn "$image" >fsck 2>&1 || { cat fsck; return 1; }
}

# field NAME FILE: one of debugfs' stat.
field()
{
	debugfs -R "stat $2" "$image" 2>/dev/null | grep -oE "$1: +[^ ]+" | head -n 1 | sed 's/.*: *//'
}

@test "an expression changes a file of the guest, and the image is clean" {
	image_copy phony-linux.img
	capture guest-edit -a "$image" -e 's/^/new-/' /etc/hostname
	[ "$status" = 0 ]
	[ -z "$out$err" ]
	[ "$(guest-cat -a "$image" /etc/hostname)" = new-phony-linux.example.org ]
	local start
	start=$(sfdisk -d "$image" | sed -n 's/.*img2 *: *start= *\([0-9]*\),.*/\1/p')
	dd if="$image" of=part bs=512 skip="$start" status=none
	e2fsck -fn part
}

@test "an expression that changes nothing leaves every byte of the image" {
	local fs
	for fs in ext2 ext4 xfs btrfs vfat ntfs f2fs; do
		image_copy fs-$fs.img
		cp --sparse=always "$image" before
		edit -e 's/nowhere to be found/x/' /hello.txt
		[ "$status" = 0 ]
		[ -z "$out$err" ]
		cmp "$image" before || { echo "$fs"; return 1; }
	done
}

@test "--dry-run with --diff shows the change and makes none" {
	image_copy fs-ext4.img
	cp --sparse=always "$image" before
	chmod a-w "$image"
	edit --dry-run --diff -e 's/world/moon/' /hello.txt
	[ "$status" = 0 ]
	[ "$out" = $'--- a/hello.txt\n+++ b/hello.txt\n@@ -1 +1 @@\n-hello, world\n+hello, moon' ]
	cmp "$image" before
}

@test "each file system is written to, and keeps the rest of itself" {
	local fs
	for fs in ext2 ext3 ext4 xfs btrfs vfat ntfs f2fs; do
		image_copy fs-$fs.img
		edit -b .old -e 's/world/moon/' /hello.txt
		[ "$status" = 0 ] || { echo "$fs: $err"; return 1; }
		[ -z "$err" ]
		[ "$(content /hello.txt)" = "hello, moon" ]
		[ "$(content /hello.txt.old)" = "hello, world" ]
		[ "$(content /dir/sub/deep.txt)" = "in dir/sub" ]
		[ "$(guest-ls -a "$image" -m /dev/sda / | grep -c guestutils)" = 0 ]
		case $fs in
		ext*) sound ;;
		vfat) fsck.vfat -n "$image" ;;
		esac
	done
}

@test "owner, mode with setuid, ACL, SELinux label, capabilities stay (CVE-2012-2690)" {
	image_copy fs-ext4.img
	printf 'system_u:object_r:shadow_t:s0\0' >label
	printf '\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >capability
	printf '\2\0\0\0\1\0\6\0\377\377\377\377\2\0\4\0\350\3\0\0\4\0\4\0\377\377\377\377\20\0\4\0\377\377\377\377\40\0\0\0\377\377\377\377' >acl
	debugfs -w -f - "$image" >/dev/null 2>&1 <<-'END'
		sif /hello.txt mode 0104640
		sif /hello.txt uid 10
		sif /hello.txt gid 42
		ea_set -f label /hello.txt security.selinux
		ea_set -f capability /hello.txt security.capability
		ea_set -f acl /hello.txt system.posix_acl_access
		ea_set /hello.txt user.note kept
	END
	debugfs -R 'ea_list /hello.txt' "$image" 2>/dev/null | sort >before
	grep -q posix_acl before
	local inode
	inode=$(field Inode /hello.txt)
	edit -e 's/world/moon/' /hello.txt
	[ "$status" = 0 ]
	[ "$(content /hello.txt)" = "hello, moon" ]
	[ "$(field Inode /hello.txt)" != "$inode" ]
	[ "$(field Mode /hello.txt)" = 04640 ]
	[ "$(field User /hello.txt)" = 10 ]
	[ "$(field Group /hello.txt)" = 42 ]
	debugfs -R 'ea_list /hello.txt' "$image" 2>/dev/null | sort >after
	diff before after
	sound
}

@test "hard links are broken with a notice, and kept by --in-place" {
	image_copy fs-ext4.img
	debugfs -w -R 'link /hello.txt /other' "$image" 2>/dev/null
	debugfs -w -R 'sif /hello.txt links_count 2' "$image" 2>/dev/null
	edit --in-place -e 's/world/moon/' /hello.txt
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$(content /other)" = "hello, moon" ]
	edit -e 's/moon/mars/' /hello.txt
	[ "$status" = 0 ]
	[[ $err == *"hard link"* ]]
	[ "$(content /other)" = "hello, moon" ]
	[ "$(content /hello.txt)" = "hello, mars" ]
	sound
}

@test "--in-place makes a file shorter and longer, with a copy if asked" {
	image_copy fs-ext4.img
	local inode
	inode=$(field Inode /numbers.txt)
	edit --in-place -b .old -e '$_ = "" if $lineno > 10' /numbers.txt
	[ "$status" = 0 ]
	[ "$(content /numbers.txt)" = "$(seq 10)" ]
	[ "$(content /numbers.txt.old)" = "$(seq 1000)" ]
	edit --in-place -e 's/$/ and more/' /numbers.txt
	[ "$(content /numbers.txt)" = "$(seq 10 | sed 's/$/ and more/')" ]
	[ "$(field Inode /numbers.txt)" = "$inode" ]
	sound
}

@test "symbolic links are followed in the guest, and never out of it (CVE-2012-3360, CVE-2012-3361)" {
	image_copy fs-ext4.img
	edit -e 's/in/at/' /absolute
	[ "$status" = 0 ]
	[ "$(content /dir/file.txt)" = "at dir" ]
	guest-ls -l -a "$image" -m /dev/sda / | grep -q 'absolute -> /dir/file.txt'
	edit -e 's/^/x/' /dir/up
	[ "$(content /hello.txt)" = "xhello, world" ]
	# One that leads up and out: it ends at the guest's own root.
	debugfs -w -R "symlink /out ../../../../../../../../$BATS_TEST_TMPDIR/victim" "$image" 2>/dev/null
	echo victim >victim
	edit -e 's/victim/hit/' /out
	[ "$status" = 1 ]
	[ "$(cat victim)" = victim ]
	edit --create -e 's/a/b/' /dangling
	[ "$status" = 1 ]
	[[ $err == *"/dangling': "* ]]
	sound
}

@test "bytes are bytes: nothing, no last line end, CRLF, NUL, all that there are" {
	image_copy fs-ext4.img
	printf 'a\r\nb\r\n' >crlf
	printf 'x\0y\nno end' >nul
	head -c 100000 /dev/urandom >random
	printf 'write crlf crlf\nwrite nul nul\nwrite random random\n' | debugfs -w -f - "$image" >/dev/null 2>&1
	edit -e 's/x/y/' /empty
	[ "$status" = 0 ]
	edit -e 's/^/>/' /crlf /nul /random
	[ "$status" = 0 ]
	content /crlf | cmp - <(printf '>a\r\n>b\r\n')
	content /nul | cmp - <(printf '>x\0y\n>no end')
	content /random | cmp - <(perl -pe 's/^/>/' random)
	edit -e 's/\r$//' /crlf # $ is before the line end
	content /crlf | cmp - <(printf '>a\n>b\n')
}

@test "a file of 100 MB is edited" {
	truncate -s 400M big.img
	mkdir tree
	seq 12000000 | head -c 100000000 >tree/big
	mke2fs -q -t ext4 -d tree big.img
	image=big.img
	edit -e 's/^1$/one/' /big
	[ "$status" = 0 ]
	sed '1s/.*/one/' tree/big | sha256sum >want
	content /big | sha256sum | diff - want
	sound
}

@test "names that need escaping" {
	image_copy fs-ext4.img
	local name
	for name in $'a\nb' 'a "b'\'' $c' $'caf\xe9' '-e' '  '; do
		edit --create -e 's/a/b/' "/$name"
		[ "$status" = 0 ]
		editor 'echo typed >"$1"'
		edit --diff "/$name"
		[ "$status" = 0 ]
		[ "$(content "/$name")" = typed ]
	done
	sound
}

@test "what is no regular file is refused" {
	image_copy fs-ext4.img
	printf 'mknod pipe p\nmknod console c 5 1\n' | debugfs -w -f - "$image" >/dev/null 2>&1
	fails_with "'/dir': .*folder" guest-edit -a "$image" -m /dev/sda -e s/a/b/ /dir
	fails_with "'/pipe'.* fifo" guest-edit -a "$image" -m /dev/sda -e s/a/b/ /pipe
	fails_with "'/console'.* character device" guest-edit -a "$image" -m /dev/sda -e s/a/b/ /console
	fails_with "cannot edit '/nosuch': No such file" guest-edit -a "$image" -m /dev/sda -e s/a/b/ /nosuch
	fails_with "cannot edit '/hello.txt/x': Not a directory" guest-edit -a "$image" -m /dev/sda -e s/a/b/ /hello.txt/x
}

@test "a file that is given twice, by whatever name, is refused before anything is written" {
	image_copy fs-ext4.img
	debugfs -w -f - "$image" >/dev/null 2>&1 <<-'END'
		symlink /up hello.txt
		symlink /folder dir
		link /hello.txt /other
		sif /hello.txt links_count 2
	END
	cp --sparse=always "$image" before
	local on=(guest-edit -a "$image" -m /dev/sda -b .orig)
	fails_with "'/up' is the same file as '/hello.txt', which is given too" \
		"${on[@]}" -e 's/^/#/' /hello.txt /numbers.txt /up
	fails_with "'/hello.txt' is the same file as '/hello.txt'" "${on[@]}" -e 's/^/#/' /hello.txt /hello.txt
	fails_with "'/folder/file.txt' is the same file as '/dir//file.txt'" \
		"${on[@]}" -e 's/^/#/' /dir//file.txt /folder/file.txt
	fails_with "'/new' is the same file as '/new'" "${on[@]}" --create -e 's/^/#/' /new /new
	editor 'echo x >"$1"'
	fails_with "'/up' is the same file as '/hello.txt'" "${on[@]}" /hello.txt /up
	# Of two hard links each is replaced by itself, but not where they stay one.
	fails_with "'/other' is the same file as '/hello.txt'" "${on[@]}" --in-place -e 's/^/#/' /hello.txt /other
	cmp "$image" before
	"${on[@]}" -e 's/^/#/' /hello.txt /other 2>words
	[ "$(content /other)" = "#hello, world" ]
	[ "$(content /hello.txt)" = "#hello, world" ]
	[ "$(content /hello.txt.orig)" = "hello, world" ]
	sound
}

@test "immutable and append only are said, and nothing is changed" {
	image_copy fs-ext4.img
	debugfs -w -R 'sif /hello.txt flags 0x80010' "$image" 2>/dev/null
	debugfs -w -R 'sif /dir/file.txt flags 0x80020' "$image" 2>/dev/null
	fails_with "immutable.*chattr -i" guest-edit -a "$image" -m /dev/sda -e s/h/j/ /hello.txt
	fails_with "append.only.*chattr -a" guest-edit -a "$image" -m /dev/sda -e s/i/j/ /dir/file.txt
	[ "$(content /hello.txt)" = "hello, world" ]
}

@test "a full file system: the old file stays whole, and nothing beside it" {
	truncate -s 8M full.img
	mkdir tree
	seq 20000 >tree/file
	mke2fs -q -t ext4 -m 0 -d tree full.img
	local free
	free=$(dumpe2fs -h full.img 2>/dev/null | awk '/^Free blocks/ { print $3 } /^Block size/ { s = $3 } END { print s }' | paste -sd'*' | bc)
	head -c "$((free - 60000))" /dev/zero | tr '\0' x >fill
	debugfs -w -R 'write fill fill' full.img 2>/dev/null
	image=full.img
	fails_with "No space left.*nothing was changed" guest-edit -a full.img -m /dev/sda -e 's/$/ longer than it was before/' /file
	[ "$(content /file | sha256sum)" = "$(sha256sum <tree/file)" ]
	[ "$(guest-ls -a full.img -m /dev/sda / | paste -sd,)" = file,fill,lost+found ]
	sound
}

@test "a file system that is marked as having errors is not written to" {
	image_copy fs-ext4.img
	debugfs -w -R 'ssv state 2' "$image" 2>/dev/null
	fails_with "has errors.*e2fsck -f" guest-edit -a "$image" -m /dev/sda -e s/h/j/ /hello.txt
	[ "$(content /hello.txt)" = "hello, world" ]
}

@test "a mount that is asked for read-only stays so" {
	image_copy fs-ext4.img
	fails_with "mounted read-only" guest-edit -a "$image" -m /dev/sda:/:ro -e s/h/j/ /hello.txt
}

@test "an expression that is wrong, or dies, changes nothing" {
	image_copy fs-ext4.img
	cp --sparse=always "$image" before
	requires perl
	fails_with "perl: no way" guest-edit -a "$image" -m /dev/sda -e 'die "no way\n" if /l/' /hello.txt
	# The second one fails: the first is not written either.
	fails_with "perl: at two" guest-edit -a "$image" -m /dev/sda -e 's/h/j/; die "at two\n" if /^1$/' /hello.txt /numbers.txt
	cmp "$image" before
}

@test "what is no expression is bad usage, and no appliance starts for it" {
	image_copy fs-ext4.img
	local on=(guest-edit --appliance=/nonexistent -a "$image" -m /dev/sda)
	capture "${on[@]}" -e 's/(h/j/' /hello.txt
	[ "$status" = 2 ]
	[[ $err == "guest-edit: the expression: in '(h', after '(h': missing closing parenthesis"* ]]
	requires perl
	capture "${on[@]}" -e 's/[h/j/' /hello.txt
	[ "$status" = 2 ]
	[[ $err == "guest-edit: the expression: perl: Unmatched ["* ]]
	# One that is right is not run before there is a line.
	capture "${on[@]}" -e 'die "at once\n"' /hello.txt
	[ "$status" = 1 ]
	[[ $err == *nonexistent* ]]
	[[ $err != *"at once"* ]]
}

@test "--json tells which file has failed" {
	image_copy fs-ext4.img
	capture guest-edit --json -a "$image" -m /dev/sda -e 's/world/moon/' /hello.txt /nosuch
	[ "$status" = 1 ]
	[ "$err_lines" = 1 ]
	jq -e '.path == "/nosuch" and .errno == "ENOENT"' err
	{ printf 'x%.0s' {1..60}; echo 'zy'; } >many
	debugfs -w -R 'write many many' "$image" 2>/dev/null
	capture guest-edit --json -a "$image" -m /dev/sda -e 's/(x+x+)+y/z/' /hello.txt /many
	[ "$status" = 1 ]
	jq -e '.path == "/many" and (.message | test("takes too long"))' err
	editor 'exit 3'
	capture guest-edit --json -a "$image" -m /dev/sda /numbers.txt
	[ "$status" = 1 ]
	jq -e '.path == "/numbers.txt"' err
}

@test "more than the own expressions is for perl, which is asked for where it is not there" {
	image_copy fs-ext4.img
	requires perl
	edit -e 's/(\w+)/length $1/e' /hello.txt
	[ "$status" = 0 ]
	[ "$(content /hello.txt)" = "5, world" ]
	mkdir bin
	ln -s "$(command -v qemu-system-x86_64)" bin
	fails_with "cannot run 'perl'.*install perl" env PATH="$BATS_TEST_TMPDIR/bin" \
		"$(command -v guest-edit)" -a "$image" -m /dev/sda -e '$_ = uc' /hello.txt || :
	[ "$status" = 1 ]
	[ "$err_lines" = 1 ]
	[[ $err == "guest-edit: cannot run 'perl': "*"install perl"*"this value is left to perl"* ]]
}

@test "two hundred expressions come out as perl has them" {
	requires perl
	: >input.1
	printf 'a' >input.2
	printf '%s\n' 'root:x:0:0:root:/root:/bin/bash' '#PermitRootLogin yes' $'Port 22\r' '' \
		'  indented = value # c' '/dev/sda1 / ext4 defaults 0 1' 'UUID=abc-123 /home ext4 defaults 0 2' >input.3
	printf 'no newline at end\nlast PermitRootLogin no' >input.4
	printf 'nul\0byte a\0b\n\0\n\377\376\351\311 caf\303\251 \240x\n' >input.5
	printf 'aaa bbb aaa\nabcabc\nAAA\n\n\nfoo.bar.baz\n12 34 56\nx{2}y a|b (c) [d] $e @f\n\ttab\ttab\n' >input.6
	{ printf 'root:a/bin/bash abc %.0s' {1..1300}; echo end; } >input.7
	[ "$(wc -l <"$TOP_SRCDIR/tests/expressions/own")" -ge 200 ]
	"$TOP_BUILDDIR/tests/helpers/expr" --compare input.* <"$TOP_SRCDIR/tests/expressions/own"
}

@test "what is left to perl is, and what both refuse is" {
	requires perl
	local x status
	while IFS= read -r x; do
		status=0
		"$TOP_BUILDDIR/tests/helpers/expr" "$x" </dev/null 2>words || status=$?
		[ "$status" = 3 ] || { echo "$x: $status"; return 1; }
	done <"$TOP_SRCDIR/tests/expressions/perl"
	while IFS= read -r x; do
		status=0
		"$TOP_BUILDDIR/tests/helpers/expr" "$x" </dev/null 2>words || status=$?
		[ "$status" = 1 ] || { echo "$x: $status"; return 1; }
		! "$TOP_BUILDDIR/tests/helpers/expr" --perl "$x" </dev/null 2>words || { echo "$x"; return 1; }
	done <"$TOP_SRCDIR/tests/expressions/refused"
}

@test "a line so long that perl's own limits tell is perl's" {
	requires perl
	local expr=$TOP_BUILDDIR/tests/helpers/expr
	{ printf 'ab%.0s' {1..40000}; echo c; } >long
	run -3 "$expr" 's/(?:ab|x)*c/X/' <long
	[ "$("$expr" 's/[ab]*c/X/' <long)" = X ]
	perl -pe 's/(?:ab|x)*c/X/' <long >want 2>/dev/null
	"$expr" --perl 's/(?:ab|x)*c/X/' <long | cmp - want
}

@test "a regular expression that would take for ever ends with an error" {
	{ printf 'x%.0s' {1..60}; echo 'zy'; } >many
	status=0
	timeout 100 "$TOP_BUILDDIR/tests/helpers/expr" 's/(x+x+)+y/z/' <many 2>words || status=$?
	[ "$status" = 1 ]
	grep -q 'takes too long' words
}

@test "an editor changes a file; its arguments and VISUAL count" {
	image_copy fs-ext4.img
	editor 'sed -i s/world/"${2:-moon}"/ "$1"'
	edit /hello.txt
	[ "$status" = 0 ]
	[ -z "$out$err" ]
	[ "$(content /hello.txt)" = "hello, moon" ]
	export EDITOR=false VISUAL='sed -i s/moon/mars/'
	edit /hello.txt
	[ "$status" = 0 ]
	[ "$(content /hello.txt)" = "hello, mars" ]
	sound
}

@test "an editor that changes nothing, fails or is killed writes nothing" {
	image_copy fs-ext4.img
	cp --sparse=always "$image" before
	editor 'touch "$1"'
	edit /hello.txt
	[ "$status" = 0 ]
	[ "$out" = "File not changed." ]
	editor 'exit 3'
	fails_with "the editor .* failed \(exit status 3\)" guest-edit -a "$image" -m /dev/sda /hello.txt
	editor 'kill -TERM $$'
	edit /hello.txt
	[ "$status" = 1 ]
	[[ $err == *"the editor '"*"' failed ("*"): nothing was written"* ]]
	cmp "$image" before
}

@test "what was typed is kept where it cannot be written" {
	image_copy fs-ext4.img
	editor 'echo precious >"$1"; exit 1'
	edit /hello.txt
	[ "$status" = 1 ]
	local kept
	kept=$(sed -n "s/.*kept in '\(.*\)'/\1/p" err)
	[ "$(cat "$kept")" = precious ]
	[ "$(stat -c %a "$kept" "$(dirname "$kept")" | paste -sd,)" = 600,700 ]
	rm -r "$TMPDIR"/guest-edit.*
	editor 'echo precious >"$1"'
	edit --check 'false --' /hello.txt
	[ "$status" = 1 ]
	kept=$(sed -n "s/.*kept in '\(.*\)'/\1/p" err)
	[ "$(cat "$kept")" = precious ]
	rm -r "$TMPDIR"/guest-edit.*
	[ "$(content /hello.txt)" = "hello, world" ]
}

@test "temporary files have no name that can be foreseen, and nobody else sees them (CVE-2013-4419)" {
	image_copy fs-ext4.img
	editor 'ls -ld "$TMPDIR"/*/ "$1" >"$BATS_TEST_TMPDIR/seen"; echo x >>"$1"'
	edit /hello.txt
	[ "$status" = 0 ]
	grep -q '^drwx------.*/guest-edit\.[A-Za-z0-9]\{6\}/$' seen
	grep -q '^-rw-------.*/guest-edit\.[A-Za-z0-9]\{6\}/edit\.[A-Za-z0-9]\{6\}/hello.txt$' seen
	[ -z "$(ls -A "$TMPDIR")" ]
}

@test "--check refuses what a checker rejects, and says why" {
	image_copy fs-ext4.img
	cp --sparse=always "$image" before
	edit --check 'sh -c "echo no good: line 1 >&2; exit 4"' -e s/world/moon/ /hello.txt
	[ "$status" = 1 ]
	[[ $err == *"guest-edit: no good: line 1"*"rejects the new '/hello.txt' (exit status 4): nothing was written"* ]]
	cmp "$image" before
	edit --check 'grep -q moon' -e s/world/moon/ /hello.txt
	[ "$status" = 0 ]
	[ "$(content /hello.txt)" = "hello, moon" ]
}

@test "--create makes what is not there, and only then" {
	image_copy fs-ext4.img
	edit --create --diff -e 's/a/b/' /dir/fresh
	[ "$status" = 0 ]
	[ "$(field Mode /dir/fresh)" = 0644 ]
	[ "$(field Size /dir/fresh)" = 0 ]
	editor 'echo hello >>"$1"'
	edit --create /dir/fresh2
	[ "$(content /dir/fresh2)" = hello ]
	fails_with "No such file" guest-edit -a "$image" -m /dev/sda -e s/a/b/ /dir/other
	fails_with "No such file" guest-edit -a "$image" -m /dev/sda --create -e s/a/b/ /nodir/other
	sound
}

@test "--json tells what was done with each file" {
	image_copy fs-ext4.img
	edit --json --diff -b .old -e 's/world/moon/' /hello.txt /empty /absolute
	[ "$status" = 0 ]
	jq -e '.schema == "guestutils.edit.v1" and (.files | length) == 3' out
	jq -e '.files[0] | .path == "/hello.txt" and .changed and .written and (.created | not)
		and .old_size == 13 and .new_size == 12 and .backup == "/hello.txt.old"
		and (.diff | contains("+hello, moon"))' out
	jq -e '.files[1] | (.changed or .written) | not' out
	edit --json --dry-run -e 's/moon/mars/' /hello.txt
	jq -e '.dry_run and .files[0].changed and (.files[0].written | not)' out
}

@test "a wrong command line is refused before anything is opened" {
	capture guest-edit -a /dev/null -e s/a/b/ -e s/c/d/ /x
	says_once 2 '-e option given multiple times' guest-edit || [ "$status" = 2 ]
	[[ $err == *"-e option given multiple times"* ]]
	capture guest-edit -a /dev/null -b .a -b .b /x
	[ "$status" = 2 ]
	[[ $err == *"-b option given multiple times"* ]]
	capture guest-edit -a /dev/null -b a/b /x
	[ "$status" = 2 ]
	capture guest-edit -a /dev/null -e s/a/b/
	[ "$status" = 2 ]
}

@test "a file of Windows, by its own path and with its own line ends" {
	image_copy windows-mbr.img
	local hosts='C:\windows\system32\DRIVERS\etc\hosts'
	guest-cat -a "$image" "$hosts" >before
	capture guest-edit -a "$image" -e 's/\r\n/ # edited\r\n/' "$hosts"
	[ "$status" = 0 ]
	guest-cat -a "$image" "$hosts" | cmp - <(sed 's/\r$/ # edited\r/' before)
}

@test "two edits at once: one is done, one is refused, and says by whom" {
	image_copy fs-ext4.img
	editor 'touch "$BATS_TEST_TMPDIR/open"; for i in $(seq 300); do [ -e "$BATS_TEST_TMPDIR/go" ] || sleep 0.1; done; echo first >"$1"'
	guest-edit -a "$image" -m /dev/sda /hello.txt 3>&- &
	local first=$! status=0
	wait_for 30 test -e "$BATS_TEST_TMPDIR/open"
	capture guest-edit -a "$image" -m /dev/sda -e s/h/j/ /hello.txt
	touch "$BATS_TEST_TMPDIR/go"
	wait "$first"
	[ "$status" = 1 ]
	[[ $err == *"is in use by process "*": not opened for writing"* ]]
	[ "$(content /hello.txt)" = first ]
	sound
}

@test "two edits that start together: one is done, one is refused, and the template stays" {
	image_copy fs-ext4.img
	local i first second ends template
	guest-cat -a "$image" -m /dev/sda /hello.txt >/dev/null
	template=$(cd "$GUESTUTILS_CACHE" && find . -type f -name '*ram*' -printf '%p %i ')
	[ -n "$template" ]
	for i in 1 2 3; do
		guest-edit -a "$image" -m /dev/sda -e 's/^/1/' /hello.txt 2>first.err 3>&- &
		first=$!
		guest-edit -a "$image" -m /dev/sda -e 's/^/2/' /hello.txt 2>second.err 3>&- &
		second=$!
		ends=
		wait "$first" || ends+=$?
		wait "$second" || ends+=$?
		# One after the other is fine, too: a machine may be slow.
		[ -z "$ends" ] || [ "$ends" = 1 ]
		[ -z "$ends" ] || grep -q "in use by .*: not opened for writing" first.err second.err
		sound
	done
	[ "$(cd "$GUESTUTILS_CACHE" && find . -type f -name '*ram*' -printf '%p %i ')" = "$template" ]
}

@test "a file that is given twice, or is under another disk, is not written to" {
	image_copy fs-ext4.img
	local base=$image sum two
	ln -s "$base" link.img
	qemu-img create -q -f qcow2 -b "$base" -F raw over.qcow2
	sum=$(sha256sum <"$base")
	for two in "$base $base" "$base link.img" "over.qcow2 $base" "$base over.qcow2"; do
		# shellcheck disable=SC2086 # two names
		set -- $two
		fails_with "'[^']*' is (given twice|a part of two of the disks): not opened for writing" \
			guest-edit -a "$1" -a "$2" -m /dev/sda -m /dev/sdb:/mnt -e s/h/j/ /hello.txt
		[ "$(sha256sum <"$base")" = "$sum" ]
	done
	# Reading takes nothing from anybody.
	guest-cat -a "$base" -a link.img -m /dev/sda /hello.txt >/dev/null
}

@test "a key opens what is to be edited" {
	image_copy luks-lvm.img
	capture guest-edit -a "$image" --key "all:key:secret of: luks-lvm" -e 's/^/new-/' /etc/hostname
	[ "$status" = 0 ]
	[[ $(guest-cat -a "$image" --key "all:key:secret of: luks-lvm" /etc/hostname) == new-* ]]
}

@test "a raw image with the header of a qcow2 is no qcow2 (CVE-2010-3851)" {
	local header
	truncate -s 1M victim
	mke2fs -q -t ext4 victim
	# What a guest with a raw disk could write to its beginning.
	qemu-img create -q -f qcow2 -b "$PWD/victim" -F raw header.qcow2 1M
	cp --sparse=always header.qcow2 disk
	truncate -s 4M disk
	header=$(head -c 512 disk | sha256sum)
	capture guest-edit --format=raw -a disk -m /dev/sda --create -e s/a/b/ /made
	[ "$status" = 1 ]
	[[ $err == *"no file system is known on '/dev/sda'"* ]]
	[ "$(head -c 512 disk | sha256sum)" = "$header" ]
	debugfs -R 'ls -p /' victim >names 2>/dev/null
	grep -q lost+found names
	run grep made names
	[ "$status" = 1 ]
	# Its header is believed without --format; but not that it may name any file.
	qemu-img create -q -f qcow2 -u -b /etc/passwd -F raw out.qcow2 1M
	fails_with "/etc/passwd" guest-edit -a out.qcow2 -m /dev/sda -e s/a/b/ /x
}

@test "no disk of the appliance leads to a device of the host (CVE-2011-4127)" {
	image_copy fs-ext4.img
	editor 'for p in /proc/[0-9]*; do tr "\0" "\n" <"$p/cmdline" 2>/dev/null | grep -q guestutils.rpc &&
		tr "\0" "\n" <"$p/environ" 2>/dev/null | grep -q "^GUESTUTILS_TEST_MARK=$GUESTUTILS_TEST_MARK\$" &&
		tr "\0" "\n" <"$p/cmdline" >"$BATS_TEST_TMPDIR/args"; done; :'
	edit /hello.txt
	[ "$status" = 0 ]
	grep -q virtio-blk-device args
	# What hands SCSI commands on to the host, and files that are devices.
	run grep -E 'scsi-(block|generic)|scsi=on|host_device|sg_io|passthrough' args
	[ "$status" = 1 ]
}

@test "keys that are long, and many of them, overflow nothing (CVE-2022-2211)" {
	local keys=() i
	image luks-lvm.img
	for i in {1..60}; do
		keys+=(--key "/dev/sdz$i:key:$(printf 'x%.0s' {1..1000})")
	done
	keys+=(--key "all:key:secret of: luks-lvm")
	capture guest-edit --dry-run -a "$image" "${keys[@]}" -e s/a/b/ /etc/hostname
	[ "$status" = 0 ]
	capture guest-edit --dry-run -a "$image" --key "all:key:$(head -c 100000 /dev/zero | tr '\0' x)" \
		-e s/a/b/ /etc/hostname
	[ "$status" = 1 ]
	[ "$err_lines" -le 2 ]
}

@test "a journal that was not replayed is, before its file is changed" {
	image_copy dirty-journal.img
	local before
	before=$(content /journal.txt)
	edit -e 's/^/edited /' /journal.txt
	[ "$status" = 0 ]
	[ "$(content /journal.txt)" = "edited $before" ]
	sound
}
