# SPDX-License-Identifier: GPL-2.0-or-later
# The tree of a very small "Linux installation": enough to be recognised, not
# to be run.  Sourced.
# shellcheck shell=bash

# linux_tree TREE ID VERSION HOSTNAME: fstab comes on the standard input.
#   /etc/os-release -> ../usr/lib/os-release      /bin -> usr/bin, /lib, /sbin
#   /etc/{fstab,hostname,hosts,passwd,group,shadow,motd}
#   /home/user/{notes.txt,.profile,todo/list.txt} owned by 1000:1000
#   /boot/{config,vmlinuz}-1.0   /var/log/syslog   /usr/bin/true  /root (0700)
#   /srv/absolute -> /etc/motd, /srv/relative -> ../etc/motd
linux_tree()
{
    local tree=$1 id=$2 version=$3 hostname=$4
    mkdir -p "$tree"/{boot,dev,etc/default,home/user/todo,mnt,proc,root,run,srv}
    mkdir -p "$tree"/{sys,tmp,usr/bin,usr/lib,usr/sbin,var/log,var/lib/dpkg}
    ln -s usr/bin "$tree/bin"
    ln -s usr/sbin "$tree/sbin"
    ln -s usr/lib "$tree/lib"
    chmod 700 "$tree/root"
    chmod 1777 "$tree/tmp"
    cat >"$tree/etc/fstab"
    cat >"$tree/usr/lib/os-release" <<EOS
PRETTY_NAME="Phony $id $version"
NAME="Phony $id"
ID=$id
VERSION_ID="$version"
VERSION="$version (phony)"
HOME_URL="https://www.example.org/"
EOS
    ln -s ../usr/lib/os-release "$tree/etc/os-release"
    case $id in
    debian) echo "$version.0" >"$tree/etc/debian_version" ;;
    fedora) echo "Fedora release $version" >"$tree/etc/fedora-release" ;;
    esac
    echo "$hostname" >"$tree/etc/hostname"
    printf '127.0.0.1\tlocalhost\n127.0.1.1\t%s\n' "$hostname" \
        >"$tree/etc/hosts"
    cat >"$tree/etc/passwd" <<'EOS'
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
user:x:1000:1000:Some User:/home/user:/bin/bash
EOS
    cat >"$tree/etc/group" <<'EOS'
root:x:0:
daemon:x:1:
shadow:x:42:
user:x:1000:
EOS
    printf 'root:*:18690:0:99999:7:::\nuser:!:18690:0:99999:7:::\n' \
        >"$tree/etc/shadow"
    chmod 640 "$tree/etc/shadow"
    echo "Welcome to $hostname" >"$tree/etc/motd"
    echo '# nothing' >"$tree/etc/default/locale"
    printf '#!/bin/sh\nexit 0\n' >"$tree/usr/bin/true"
    chmod 755 "$tree/usr/bin/true"
    printf '#!/bin/sh\nexit 0\n' >"$tree/usr/bin/su"
    chmod 4755 "$tree/usr/bin/su"
    echo 'CONFIG_PHONY=y' >"$tree/boot/config-1.0"
    echo 'not a kernel' >"$tree/boot/vmlinuz-1.0"
    echo "notes of user on $hostname" >"$tree/home/user/notes.txt"
    echo 'umask 027' >"$tree/home/user/.profile"
    printf 'milk\nbread\n' >"$tree/home/user/todo/list.txt"
    seq -f "Mar  4 05:06:07 $hostname daemon[1]: message %g" 500 \
        >"$tree/var/log/syslog"
    ln -s /etc/motd "$tree/srv/absolute"
    ln -s ../etc/motd "$tree/srv/relative"
}

# split_off TREE FOLDER NEW: move what is in a folder of the tree, one that
# is a mount point in the guest, to a tree of its own.  What stays there is a
# file that nobody sees once all is mounted.
split_off()
{
    mkdir -p "$3"
    find "$1/$2" -mindepth 1 -maxdepth 1 -exec mv -t "$3" {} +
    echo "$2 is not mounted" >"$1/$2/not-mounted"
}
