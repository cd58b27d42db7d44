#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is installed, out of databases that the real package managers wrote where these are to be
# had. The lists beside the images were made with them.

# shellcheck disable=SC2154 # image and image_file set variables
bats_require_minimum_version 1.5.0
load lib/common
load lib/images

PATH=$TOP_BUILDDIR/tests/helpers:$PATH

# check_list NAME [FORMAT]: the guest's applications are those of its list, and no word is said.
check_list()
{
	local list
	echo "$1"
	image "$1.${2:-img}"
	image_file "$1.${2:-img}" "$1.list" list
	within "$TEST_TIMEOUT" list-applications "$image" >out 2>err
	[ ! -s err ]
	[ -s "$list" ]
	sort out | diff -u "$list" -
}

@test "three releases of Debian: what dpkg-query says" {
	check_list debian-11 qcow2
	check_list debian qcow2
	check_list debian-13 qcow2
}

@test "rpm: a SQLite database by the real rpm, closed or with packages in its log only" {
	check_list rpm-sqlite
	check_list rpm-wal
}

@test "rpm: a Berkeley DB by the real rpm" {
	check_list rpm-bdb
}

@test "rpm: ndb, and a folder that two names lead to" {
	check_list rpm-ndb
}

@test "pacman, by the real one" {
	check_list arch
}

@test "apk, portage, xbps, pisi" {
	check_list alpine
	check_list gentoo
	check_list void
	check_list pardus
}

@test "dpkg with packages in all states, flatpaks and snaps in one guest" {
	check_list mixed
}

@test "10,000 packages of dpkg, and of rpm" {
	for kind in deb rpm; do
		image "many-$kind.img"
		within "$TEST_TIMEOUT" list-applications "$image" >out 2>err
		[ ! -s err ]
		[ "$(cut -f 2 out | sort -u | wc -l)" = 10000 ]
	done
}

@test "databases of random bytes, without an end, fifos, links in circles: a line each, no more" {
	image apps-hostile.img
	image_file apps-hostile.img apps-hostile.list list
	within "$TEST_TIMEOUT" list-applications "$image" >out 2>err
	sort out | diff -u "$list" -
	cat err
	[ "$(grep -c '^warning: ' err)" = "$(wc -l <err)" ]
	for kind in dpkg rpm pacman apk xbps pisi snaps; do
		[ "$(grep -c "^warning: $kind" err)" -le 1 ]
	done
	grep 'dpkg packages: .*/var/lib/dpkg/status.*without an end' err
	grep 'rpm packages: ' err
	grep 'pacman packages: ' err
	grep 'snaps: ' err
}
