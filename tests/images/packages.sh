#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# rpm-sqlite.img, rpm-wal.img, rpm-ndb.img, arch.img, alpine.img, gentoo.img,
# void.img, pardus.img, mixed.img, apps-hostile.img: very small guests with
# package databases. What is installed in each, as list-applications prints it,
# is in NAME.list.
#
# SQLite's is written by the real rpm, pacman's by the real pacman. No rpm of
# Debian writes ndb: the headers are rpm's, the file around them is made here.

# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"
# shellcheck source=linux.sh
. "$(dirname "$0")/linux.sh"
# shellcheck source=rpms.sh
. "$(dirname "$0")/rpms.sh"
need python3 mke2fs fakeroot sfdisk

kind=${1:?}
tree=$scratch/tree
mkdir "$tree"

# row COLUMN...: a line of the list, kind name display_name epoch version
# release arch install_path publisher url source_package summary description
# class
row()
{
    local IFS=$'\t'
    echo "$*" >>"$scratch/list"
}

make_sqlite()
{
    need rpm rpmbuild
    local db=$tree/var/lib/rpm
    linux_tree "$tree" fedora 40 "rpm-$1" <<<'/dev/sda1 / ext4 defaults 0 1'
    rpm_packages "$scratch/rpm"
    mkdir -p "$db"
    rpm -D '_db_backend sqlite' --dbpath "$db" -i --justdb --nodeps \
        --nosignature --ignorearch "$scratch"/rpm/RPMS/*/*.rpm 2>/dev/null
    rpm_list rpm -D '_db_backend sqlite' --dbpath "$db" 2>/dev/null \
        >"rpm-$1.list"
    [ "$(wc -l <"rpm-$1.list")" = 63 ] || die 'rpm did not install all'
}

# The log has the last packages, and two are gone from it: as after a crash.
make_wal()
{
    make_sqlite wal
    python3 - "$tree/var/lib/rpm/rpmdb.sqlite" <<'EOS'
import os, shutil, sqlite3, sys
name = sys.argv[1]
db = sqlite3.connect(name, isolation_level=None)
rows = db.execute("SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()
db.execute("DELETE FROM Packages WHERE hnum > 20")
db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
for row in rows[20:]:
    db.execute("INSERT INTO Packages(hnum, blob) VALUES(?, ?)", row)
for suffix in "", "-wal":
    shutil.copy(name + suffix, name + suffix + ".copy")
db.close()
for suffix in "", "-wal":
    os.replace(name + suffix + ".copy", name + suffix)
EOS
    [ -s "$tree/var/lib/rpm/rpmdb.sqlite-wal" ] || die 'no log was left'
}

make_ndb()
{
    make_sqlite ndb
    mkdir -p "$tree/usr/lib/sysimage/rpm"
    python3 "$(dirname "$0")/ndb.py" "$tree/var/lib/rpm/rpmdb.sqlite" \
        "$tree/usr/lib/sysimage/rpm/Packages.db"
    rm -r "$tree/var/lib/rpm"
    ln -s ../../usr/lib/sysimage/rpm "$tree/var/lib/rpm"
}

# pacman_package NAME VERSION DESC URL: a package of its own format.
pacman_package()
{
    mkdir "$scratch/pkg"
    cat >"$scratch/pkg/.PKGINFO" <<EOS
pkgname = $1
pkgbase = $1
pkgver = $2
pkgdesc = $3
url = $4
builddate = $EPOCH
packager = A. Packager <a@example.org>
size = 1000
arch = x86_64
license = MIT
depend = glibc
EOS
    tar -C "$scratch/pkg" --zstd -cf "$scratch/$1-$2-x86_64.pkg.tar.zst" \
        .PKGINFO
    rm -r "$scratch/pkg"
    local epoch=0 version=$2
    [[ $version != *:* ]] || epoch=${version%%:*} version=${version#*:}
    row pacman "$1" '' "$epoch" "${version%-*}" "${version##*-}" x86_64 '' '' \
        "$4" '' '' "$3" ''
}

make_arch()
{
    need pacman zstd
    linux_tree "$tree" arch rolling arch <<<'/dev/sda1 / ext4 defaults 0 1'
    touch "$tree/etc/arch-release"
    pacman_package bash 5.2.026-2 'The GNU Bourne Again shell' \
        https://www.gnu.org/software/bash/bash.html
    pacman_package ca-certificates 20240203-1 'Common CA certificates – Öl' ''
    pacman_package vim 2:9.1.0-1 'Vi Improved, "a text editor" & <more>' \
        https://www.vim.org
    mkdir -p "$tree/var/lib/pacman" "$scratch/cache"
    printf '[options]\nArchitecture = x86_64\nSigLevel = Never\n' \
        >"$scratch/pacman.conf"
    fakeroot pacman -U --noconfirm --dbonly --nodeps --nodeps --noscriptlet \
        --config "$scratch/pacman.conf" --root "$tree" --hookdir "$scratch" \
        --cachedir "$scratch/cache" --logfile /dev/null \
        --gpgdir "$scratch/gpg" "$scratch"/*.pkg.tar.zst >"$scratch/log" 2>&1 ||
        { cat "$scratch/log" >&2; die 'pacman failed'; }
}

make_alpine()
{
    linux_tree "$tree" alpine 3.19.1 alpine <<<'/dev/sda1 / ext4 defaults 0 1'
    echo 3.19.1 >"$tree/etc/alpine-release"
    mkdir -p "$tree/usr/lib/apk/db"
    cat >"$tree/usr/lib/apk/db/installed" <<'EOS'
C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=
P:musl
V:1.2.4_git20230717-r4
A:x86_64
S:407278
I:667648
T:the musl c library (libc) implementation
U:https://musl.libc.org/
L:MIT
o:musl
m:Timo Teräs <timo.teras@iki.fi>
t:1699267379
c:ca7f2ab5e88794e4e654b40776f8a92256f50639
p:so:libc.musl-x86_64.so.1=1
F:lib
R:ld-musl-x86_64.so.1
a:0:0:755
Z:Q1KMjIJpiNE2DiYoP+3xQ/HiS7kS4=

C:Q17OteNVXn9/iSXcJI1Vf8x0TVc9Y=
P:alpine-baselayout
V:3.4.3-r2
A:x86_64
T:Alpine base dir structure – and init scripts
U:https://git.alpinelinux.org/cgit/aports/tree/main/alpine-baselayout
o:alpine-baselayout
F:dev
F:var/lib
M:0:0:700
EOS
    row apk musl '' 0 1.2.4_git20230717 4 x86_64 '' '' https://musl.libc.org/ \
        '' '' 'the musl c library (libc) implementation' ''
    row apk alpine-baselayout '' 0 3.4.3 2 x86_64 '' '' \
        https://git.alpinelinux.org/cgit/aports/tree/main/alpine-baselayout \
        '' '' 'Alpine base dir structure – and init scripts' ''
    rm "$tree/lib"
    mkdir "$tree/lib"
    ln -s ../usr/lib/apk "$tree/lib/apk"
}

# gentoo_package CATEGORY PF DESCRIPTION URL
gentoo_package()
{
    local dir=$tree/var/db/pkg/$1/$2
    mkdir -p "$dir"
    echo "$2" >"$dir/PF"
    echo "$1" >"$dir/CATEGORY"
    echo "$3" >"$dir/DESCRIPTION"
    [ -z "$4" ] || echo "$4" >"$dir/HOMEPAGE"
    echo x86_64-pc-linux-gnu >"$dir/CHOST"
    echo 0 >"$dir/SLOT"
    echo gentoo >"$dir/repository"
}

make_gentoo()
{
    linux_tree "$tree" gentoo 2.14 gentoo <<<'/dev/sda1 / ext4 defaults 0 1'
    echo 'Gentoo Base System release 2.14' >"$tree/etc/gentoo-release"
    gentoo_package app-shells bash-5.2_p21-r2 'The standard GNU shell' \
        'https://tiswww.case.edu/php/chet/bash/bashtop.html'
    gentoo_package media-libs gtk+-2.24.33 'A toolkit' ''
    gentoo_package app-text texlive-core-2023-r1 'A complete TeX' https://tug.org/
    mkdir "$tree/var/db/pkg/app-text/-MERGING-broken-1.0"
    row ebuild app-shells/bash '' 0 5.2_p21 r2 x86_64 '' '' \
        https://tiswww.case.edu/php/chet/bash/bashtop.html '' '' \
        'The standard GNU shell' ''
    row ebuild media-libs/gtk+ '' 0 2.24.33 '' x86_64 '' '' '' '' '' \
        'A toolkit' ''
    row ebuild app-text/texlive-core '' 0 2023 r1 x86_64 '' '' \
        https://tug.org/ '' '' 'A complete TeX' ''
}

# xbps_package KEY PKGVER STATE DESCRIPTION
xbps_package()
{
    cat <<EOS
	<key>$1</key>
	<dict>
		<key>architecture</key>
		<string>x86_64</string>
		<key>homepage</key>
		<string>https://www.example.org/$1?a&amp;b</string>
		<key>installed_size</key>
		<integer>0x1000</integer>
		<key>pkgver</key>
		<string>$2</string>
		<key>run_depends</key>
		<array>
			<string>glibc&gt;=2.36_1</string>
		</array>
		<key>short_desc</key>
		<string>$4</string>
		<key>state</key>
		<string>$3</string>
	</dict>
EOS
}

make_void()
{
    linux_tree "$tree" void '' void <<<'/dev/sda1 / ext4 defaults 0 1'
    mkdir -p "$tree/var/db/xbps"
    {
        cat <<'EOS'
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>_XBPS_ALTERNATIVES_</key>
	<dict>
		<key>vi</key>
		<array>
			<string>vim</string>
		</array>
	</dict>
EOS
        xbps_package runit-void runit-void-20231124_1 installed \
            'Void Linux runit scripts &amp; more'
        xbps_package half half-1.0_1 unpacked 'Not quite there'
        xbps_package libstdc++ libstdc++-12.2.0_4 installed 'C++ – the library'
        printf '</dict>\n</plist>\n'
    } >"$tree/var/db/xbps/pkgdb-0.38.plist"
    row xbps runit-void '' 0 20231124 1 x86_64 '' '' \
        'https://www.example.org/runit-void?a&b' '' '' \
        'Void Linux runit scripts & more' ''
    row xbps 'libstdc++' '' 0 12.2.0 4 x86_64 '' '' \
        'https://www.example.org/libstdc++?a&b' '' '' \
        'C++ – the library' ''
}

make_pardus()
{
    linux_tree "$tree" pardus 2011.2 pardus <<<'/dev/sda1 / ext4 defaults 0 1'
    local dir=$tree/var/lib/pisi/package/nano-2.2.6-17-5
    mkdir -p "$dir"
    cat >"$dir/metadata.xml" <<'EOS'
<?xml version="1.0" ?>
<PISI>
    <Source>
        <Name>nano</Name>
        <Homepage>http://www.nano-editor.org</Homepage>
        <Packager><Name>A. Packager</Name><Email>a@example.org</Email></Packager>
    </Source>
    <Package>
        <Name>nano</Name>
        <Summary xml:lang="en">An easy-to-use text editor</Summary>
        <Summary xml:lang="tr">Kullanımı kolay bir metin düzenleyici</Summary>
        <Description xml:lang="en">GNU nano is &lt;small&gt;.</Description>
        <RuntimeDependencies><Dependency>ncurses</Dependency></RuntimeDependencies>
        <History>
            <Update release="17"><Date>2011-02-09</Date><Version>2.2.6</Version></Update>
            <Update release="16"><Date>2010-01-01</Date><Version>2.2.5</Version></Update>
        </History>
        <Architecture>x86_64</Architecture>
    </Package>
</PISI>
EOS
    row pisi nano '' 0 2.2.6 17 x86_64 '' '' http://www.nano-editor.org nano \
        'An easy-to-use text editor' 'GNU nano is <small>.' ''
}

# A Debian with a package of each state, a flatpak and its runtime, two snaps.
make_mixed()
{
    linux_tree "$tree" debian 12 mixed <<<'/dev/sda1 / ext4 defaults 0 1'
    cp "$(dirname "$0")/mixed-status" "$tree/var/lib/dpkg/status"
    row deb last '' 0 0.9 '' all '' '' '' '' '' '' ''
    row deb openssl '' 1 3.0.11 1~deb12u2 amd64 '' '' https://www.openssl.org/ \
        openssl-src 'Secure Sockets Layer toolkit' \
        'This package is part of\n.\n * the OpenSSL project' ''
    row deb triggered '' 0 1.0 1-2 all '' '' '' '' 'Waits for another' '' ''
    python3 "$(dirname "$0")/flatpak.py" "$tree/var/lib/flatpak"
    row flatpak org.example.App 'An App – of sorts' 0 3.1.4 stable x86_64 \
        /var/lib/flatpak/app/org.example.App/x86_64/stable/active '' '' '' \
        'Does nothing' '' ''
    row flatpak org.example.Platform '' 0 '' 23.08 x86_64 \
        /var/lib/flatpak/runtime/org.example.Platform/x86_64/23.08/active \
        '' '' '' '' '' ''
    mkdir -p "$tree/var/lib/snapd/snaps"
    echo 'not a snap' >"$tree/var/lib/snapd/snaps/core22_1033.snap"
    cat >"$tree/var/lib/snapd/state.json" <<'EOS'
{"data":{"auth":{"users":[]},"snaps":{
"core22":{"type":"base","sequence":[{"name":"core22","snap-id":"amcU","revision":"1033","channel":"latest/stable","title":"core22"}],"active":true,"current":"1033","channel":"latest/stable"},
"hello":{"type":"app","sequence":[{"name":"hello","revision":"41"},{"name":"hello","revision":"42","title":"Hello – World"}],"current":"42"}
}},"changes":{},"tasks":{},"last-change-id":4}
EOS
    row snap core22 core22 0 '' 1033 '' '' '' '' '' '' '' ''
    row snap hello 'Hello – World' 0 '' 42 '' '' '' '' '' '' '' ''
}

# Databases that are none: random bytes, a gigabyte of nothing after a package,
# fifos, links that lead out and in circles.
make_hostile()
{
    name=apps-hostile
    linux_tree "$tree" debian 12 "$name" <<<'/dev/sda1 / ext4 defaults 0 1'
    mkdir -p "$tree"/var/lib/{rpm,pacman/local/{a-1-1,b-1-1},snapd} \
        "$tree"/usr/lib/{sysimage/rpm,apk/db} "$tree"/usr/share/rpm \
        "$tree"/var/db/{xbps,pkg} "$tree"/var/lib/pisi/package/x \
        "$tree"/var/lib/flatpak/app
    printf 'Package: one\nStatus: install ok installed\nVersion: 1\n\n' \
        >"$tree/var/lib/dpkg/status"
    truncate -s 1G "$tree/var/lib/dpkg/status"
    row deb one '' 0 1 '' '' '' '' '' '' '' '' ''
    openssl enc -aes-128-ctr -K 00 -iv 00 </dev/zero 2>/dev/null |
        head -c 1000000 >"$scratch/random" || true
    {
        printf 'SQLite format 3\0\20\0\1\1\0\100\40\40'
        cat "$scratch/random"
    } >"$tree/var/lib/rpm/rpmdb.sqlite"
    {
        printf 'RpmP\0\0\0\0\1\0\0\0\10\0\0\0'
        cat "$scratch/random"
    } >"$tree/usr/lib/sysimage/rpm/Packages.db"
    cp "$scratch/random" "$tree/usr/share/rpm/Packages"
    cp "$scratch/random" "$tree/usr/lib/apk/db/installed"
    cp "$scratch/random" "$tree/var/lib/snapd/state.json"
    mkfifo "$tree/var/lib/pacman/local/a-1-1/desc"
    ln -s /dev/zero "$tree/var/lib/pacman/local/b-1-1/desc"
    ln -s ../../../../../../../../../etc/passwd \
        "$tree/var/db/xbps/pkgdb-0.38.plist"
    ln -s metadata.xml "$tree/var/lib/pisi/package/x/metadata.xml"
    ln -s . "$tree/var/lib/flatpak/app/loop"
    ln -s ../pkg "$tree/var/db/pkg/loop"
}

case $kind in
sqlite | wal | ndb) name=rpm-$kind ;;
*) name=$kind ;;
esac
if [ "$kind" = sqlite ]; then
    make_sqlite sqlite
else
    "make_$kind"
fi
[ ! -e "$scratch/list" ] || sort "$scratch/list" >"$name.list"
make_ext ext4 "$scratch/root.img" 30 "$tree" -L "$name" -U "$(uuid 1)"
new_disk "$name.img" 32 <<<'start=1MiB, type=83'
put "$scratch/root.img" "$name.img" 1
