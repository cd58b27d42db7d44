#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# guest-inspect: what it finds on real disks, in each of its forms. That its XML is what
# virt-inspector prints is in peers.bats; the forms over made-up facts are in unit/test-inspect.c.

load lib/common
load lib/images

setup_file()
{
	image debian.qcow2 DEBIAN
	image two-roots.img TWO
	image no-os.img NONE
	export DEBIAN TWO NONE
	warm_cache
}

# valid: the XML in out is as the schema says.
valid()
{
	xmllint --noout --relaxng "$TOP_SRCDIR/tests/inspect.rng" out
}

# query XPATH: of the XML in out.
query()
{
	guest-inspect --xpath "$1" <out
}

@test "a real Debian: all that its XML has" {
	requires xmllint
	capture guest-inspect -a "$DEBIAN"
	[ "$status" = 0 ]
	[ -z "$err" ]
	valid
	[ "$(query 'count(/operatingsystems/operatingsystem)')" = 1 ]
	[ "$(query 'string(//root)')" = /dev/sda2 ]
	[ "$(query 'string(//operatingsystem/name)')" = linux ]
	[ "$(query 'string(//operatingsystem/arch)')" = x86_64 ]
	[ "$(query 'string(//distro)')" = debian ]
	[ "$(query 'string(//major_version)')" = 12 ]
	[ "$(query 'string(//package_format)')" = deb ]
	[ "$(query 'string(//package_management)')" = apt ]
	[ "$(query 'string(//hostname)')" = guest.example.org ]
	[ "$(query 'string(//osinfo)')" = debian12 ]
	[ "$(query 'string(//mountpoint[. = "/boot/efi"]/@dev)')" = /dev/sda1 ]
	[ "$(query 'string(//filesystem[@dev = "/dev/sda2"]/label)')" = rootfs ]
	[ "$(query 'string(//filesystem[type = "swap"]/@dev)')" = /dev/sda3 ]
}

@test "its packages are those of dpkg's own list, in order" {
	guest-inspect --no-icon -a "$DEBIAN" >out
	guest-cat -a "$DEBIAN" /var/lib/dpkg/status | awk '
		/^Package:/ { name = $2 }
		/^Status: .* installed$/ { print name }' | LC_ALL=C sort >want
	[ "$(wc -l <want)" -gt 50 ]
	query '//application/name/text()' | diff want -
	[ "$(query 'string(//application[name = "dpkg"]/arch)')" = amd64 ]
	[ "$(query 'string(//application[name = "adduser"]/arch)')" = all ]
	[[ $(query 'string(//application[name = "dpkg"]/summary)') = 'Debian package management'* ]]
}

@test "two systems on one disk: both, in order" {
	requires xmllint
	capture guest-inspect --no-applications --no-icon -a "$TWO"
	[ "$status" = 0 ]
	valid
	[ "$(query '//root/text()')" = $'/dev/sda1\n/dev/sda2' ]
	[ "$(query '//distro/text()')" = $'debian\nfedora' ]
	[ "$(query '//hostname/text()')" = $'debian.example.org\nfedora.example.org' ]
}

@test "no system at all: an empty result, and exit status 0" {
	capture guest-inspect -a "$NONE"
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$out" = $'<?xml version="1.0"?>\n<operatingsystems/>' ]
	capture guest-inspect --output=json -a "$NONE"
	[ "$status" = 0 ]
	[[ $out = '{"schema":"guestutils.inspect.v1","operatingsystems":[],'* ]]
	capture guest-inspect --text -a "$NONE"
	[ "$status" = 0 ]
	[[ $out = "No operating system was found. On the disks: /dev/sda1 (ext4), "* ]]
	capture guest-inspect --text -a /dev/null
	[ "$status" = 0 ]
	[ "$(wc -l <out)" = 1 ]
}

@test "--no-applications and --no-icon leave these out, and both mount nothing" {
	requires xmllint
	capture guest-inspect --no-applications -a "$DEBIAN"
	valid
	[ "$(query 'count(//applications)')" = 0 ]
	[ "$(query 'count(//root)')" = 1 ]
	capture guest-inspect -x --no-applications --no-icon -a "$DEBIAN"
	[ "$status" = 0 ]
	valid
	[ "$(query 'count(//applications | //icon)')" = 0 ]
	[[ $err = *inspect* ]]
	[[ $err != *mount_guest* ]]
	[[ $err != *applications* ]]
}

@test "images without -a" {
	image lvm-2disks-a.img first
	image lvm-2disks-b.img second
	capture guest-inspect --no-applications --no-icon "$first" "$second"
	[ "$status" = 0 ]
	[[ $(query 'string(//root)') = /dev/vg*/root ]]
}

@test "--json has the same facts, and more" {
	requires jq
	capture guest-inspect --json -a "$DEBIAN"
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$(jq -r .schema out)" = guestutils.inspect.v1 ]
	[ "$(jq -r '.operatingsystems[0] | .root, .type, .id, .init, .hostname' out)" = \
		$'/dev/sda2\nlinux\ndebian\nsystemd\nguest.example.org' ]
	[ "$(jq -r '.operatingsystems[0].applications[] | select(.name == "dpkg") | .kind' out)" = deb ]
	[ "$(jq -r '.operatingsystems[0].users[] | select(.uid == 0) | .name' out)" = root ]
	[ "$(jq '.operatingsystems[0].usage[] | select(.device == "/dev/sda2") | .size > .free' out)" = true ]
	[ "$(jq '.operatingsystems[0].warnings | length' out)" = 0 ]
}

@test "JSON, XML and the text agree about the packages" {
	requires jq
	guest-inspect --json -a "$DEBIAN" | jq -r '.operatingsystems[].applications[].name' >json
	guest-inspect --xml -a "$DEBIAN" >out
	query '//application/name/text()' | diff json -
	[[ $(guest-inspect --text -a "$DEBIAN") = *"Packages "*" $(wc -l <json) deb "* ]]
	guest-inspect --text --applications -a "$DEBIAN" | awk 'NF == 4 && $4 == "deb" { print $1 }' | diff json -
}

@test "the text is one screen" {
	capture guest-inspect --text -a "$DEBIAN"
	[ "$status" = 0 ]
	[ "$(wc -l <out)" -le 24 ]
	grep -qE '^  Root +/dev/sda2$' out
	grep -qE '^  System +linux, debian 12\.[0-9]+, x86_64$' out
	grep -qE '^  Hostname +guest\.example\.org$' out
	grep -qE '^  Users +root' out
	grep -qE '^  /boot/efi +/dev/sda1 +vfat +[0-9.]+[KMG] +[0-9.]+[KMG]$' out
}

@test "the last word about the form of the output counts" {
	first()
	{
		guest-inspect --no-applications --no-icon "$@" -a "$NONE" | head -c 5
	}
	[ "$(first)" = '<?xml' ]
	[ "$(first --text)" = 'No op' ]
	[ "$(first --text --xml)" = '<?xml' ]
	[ "$(first --json --output=text)" = 'No op' ]
	[ "$(first --output=text --json)" = '{"sch' ]
	[ "$(first --format=text)" = 'No op' ]
	[ "$(first --format=json --format=raw)" = '{"sch' ]
	[ "$(first --format=xml)" = '<?xml' ]
}

@test "on a terminal it is the text" {
	requires script
	script -qec "guest-inspect --no-applications --no-icon -a '$NONE'" /dev/null </dev/null >out
	grep -q '^No operating system was found' out
}

@test "options that do not go together are bad usage" {
	bad()
	{
		capture guest-inspect "$@"
		[ "$status" = 2 ]
		[ -z "$out" ]
	}
	bad --xpath / -a "$NONE"
	bad --xpath / "$NONE"
	bad --output=yaml -a "$NONE"
	bad --applications --no-applications -a "$NONE"
	bad -a "$NONE" --format=raw
	[[ $err = *"must appear before -a"* ]]
}

@test "--xpath needs no disk, and no appliance" {
	echo '<a><b c="1">x</b><b>y</b></a>' >in
	[ "$(GUESTUTILS_APPLIANCE=/nonexistent guest-inspect --xpath '//b' <in)" = $'<b c="1">x</b>\n<b>y</b>' ]
	[ "$(guest-inspect --xpath 'count(//b)' <in)" = 2 ]
	[ -z "$(guest-inspect --xpath '//none' <in)" ]
	fails_with 'unable to evaluate XPath expression' guest-inspect --xpath '//b[' <in
	fails_with 'unable to parse XML from stdin' guest-inspect --xpath / </dev/null
}

@test "--xpath looks at no other file" {
	echo secret >secret
	cat >in <<-END
		<?xml version="1.0"?>
		<!DOCTYPE a SYSTEM "$PWD/a.dtd">
		<a>x</a>
	END
	echo '<!ATTLIST a from-dtd CDATA "yes">' >a.dtd
	[ "$(guest-inspect --xpath /a <in)" = '<a>x</a>' ]
	cat >in <<-END
		<?xml version="1.0"?>
		<!DOCTYPE a [ <!ENTITY s SYSTEM "file://$PWD/secret"> ]>
		<a>&s;</a>
	END
	fails_with 'it declares entities' guest-inspect --xpath 'string(/a)' <in
}

@test "what is missing of a guest does not hide the rest" {
	requires xmllint
	image phony-linux.img
	capture guest-inspect --no-icon -a "$image"
	valid
	[ "$(query 'string(//hostname)')" = phony-linux.example.org ]
}

@test "an encrypted guest: with its key as any other, without it an error" {
	requires xmllint jq
	image luks2.img
	printf 'secret of: luks2' >key
	capture guest-inspect --key all:file:key -a "$image"
	[ "$status" = 0 ]
	[ -z "$err" ]
	valid
	[[ $(query 'string(//root)') = /dev/mapper/luks-* ]]
	[ "$(query 'string(//hostname)')" = luks2.example.org ]
	capture guest-inspect --output=json -a "$image" </dev/null
	says_once 1 "no operating system was found.*'/dev/sda2'.* is encrypted" guest-inspect
	[ "$(jq -r '.operatingsystems | length' out)" = 0 ]
	[ "$(jq -r '.locked[] | .device, .type' out)" = $'/dev/sda2\ncrypto_LUKS' ]
	capture guest-inspect --text -a "$image" </dev/null
	[ "$status" = 1 ]
	grep -qxF 'Not unlocked: /dev/sda2 (crypto_LUKS).' out
}

@test "something encrypted beside the guest is a warning" {
	requires jq
	image luks-data.img
	capture guest-inspect --output=json -a "$image" </dev/null
	[ "$status" = 0 ]
	says_once 0 "warning: '/dev/sda2'.* is encrypted" guest-inspect
	[ "$(jq -r '.operatingsystems | length' out)" = 1 ]
	[ "$(jq -r '.locked | length' out)" = 1 ]
}

@test "the appliance dies in the middle: what is printed is whole" {
	requires xmllint
	local delay pid
	for delay in 0.02 0.05 0.1 0.15 0.2 0.3; do
		guest-inspect -a "$TWO" >out 2>err &
		pid=$!
		until [ -n "$(our_qemu)" ] || ! kill -0 "$pid" 2>/dev/null; do
			:
		done
		sleep "$delay"
		# shellcheck disable=SC2046 # a list of numbers
		kill -KILL $(our_qemu) 2>/dev/null || :
		status=0
		wait "$pid" || status=$?
		echo "after $delay s: status $status: $(cat err)"
		[ "$status" -le 1 ]
		[ "$(wc -l <err)" = "$status" ]
		[ "$status" = 1 ] || [ -s out ]
		[ ! -s out ] || xmllint --noout out
	done
}

# harmless FILE: there is no character in it that does anything to a terminal, but newlines.
harmless()
{
	[ "$(LC_ALL=C tr -d '\n' <"$1" | LC_ALL=C tr -cd '\000-\037\177' | wc -c)" = 0 ]
}

@test "hostile guests: a valid result, or a line that says why not" {
	requires xmllint jq
	local name
	for name in hostile-size.img hostile-fstab.img hostile-links.img hostile-strings.img \
		hostile-database.img; do
		image "$name"
		echo "$name"
		capture guest-inspect -a "$image"
		[ "$status" -le 1 ]
		[ "$status" = 0 ] || [ -n "$err" ]
		harmless err
		valid
		guest-inspect --output=json -a "$image" 2>/dev/null | jq -e .schema >/dev/null
		guest-inspect --text -a "$image" >text 2>/dev/null || :
		harmless text
	done
}

@test "a Windows: its drives, its programs, its registry's facts" {
	requires xmllint
	image windows-gpt.img
	capture guest-inspect -a "$image"
	[ "$status" = 0 ]
	valid
	[ "$(query 'string(//operatingsystem/name)')" = windows ]
	[[ $(query 'string(//windows_current_control_set)') = ControlSet00[0-9] ]]
	[ "$(query 'string(//drive_mapping[@name = "C"])')" = "$(query 'string(//root)')" ]
	[ "$(query 'count(//application[display_name])')" -gt 0 ]
}

@test "a full disk is an error" {
	status=0
	guest-inspect --no-applications --no-icon -a "$DEBIAN" >/dev/full 2>err || status=$?
	[ "$status" = 1 ]
	[ "$(cat err)" = "guest-inspect: write error: No space left on device" ]
}
