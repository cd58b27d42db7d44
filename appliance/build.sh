#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds the appliance: a folder with vmlinux, initrd, root and manifest.json.
#
#   kernel   out of the distribution's package, downloaded, never installed: vmlinux,
#            the modules that the appliance keeps, and the order to load them in
#   tree     supermin's copy of the packages, and what in it is a program or a library
#   initrd   init, and the modules that it loads
#   root     programs, the libraries they need, modules, guestd and its programs, as an image
#
# A step is skipped while all it was made from is the same. Nothing here needs root:
# debugfs writes the image, file by file in the order of names, owned by root and with
# the time of SOURCE_DATE_EPOCH, so that the same input gives the same bytes.

set -eu
umask 022
export LC_ALL=C
export PATH="$PATH:/usr/sbin:/sbin"

here=$(cd "$(dirname "$0")" && pwd)
uuid=67756573-7475-4469-8c73-6170706c6e63
epoch=${SOURCE_DATE_EPOCH:-1}
block=4096
nl='
'

say()
{
	echo "appliance: $*"
}

die()
{
	echo "appliance: $*" >&2
	exit 1
}

usage()
{
	cat <<-END
	usage: build.sh --guestd FILE --ntfsgrow FILE --extract FILE --init FILE --out DIR --work DIR --version V
	  KERNEL_DEB=FILES      take the kernel from these packages (separated by spaces)
	  KERNEL_PACKAGE=NAME   download this instead of linux-image-amd64 or linux-image-generic
	END
}

options()
{
	guestd='' ntfsgrow='' extract='' init='' out='' work='' version=''
	while [ $# -ge 2 ]; do
		case $1 in
		--guestd) guestd=$2 ;;
		--ntfsgrow) ntfsgrow=$2 ;;
		--extract) extract=$2 ;;
		--init) init=$2 ;;
		--out) out=$2 ;;
		--work) work=$2 ;;
		--version) version=$2 ;;
		*) break ;;
		esac
		shift 2
	done
	if [ "${1:-}" = --help ]; then
		usage
		exit 0
	fi
	if [ $# -gt 0 ] || [ -z "$out" ] || [ -z "$work" ]; then
		usage >&2
		exit 2
	fi
	for f in "$guestd" "$ntfsgrow" "$extract" "$init"; do
		[ -x "$f" ] || die "no program '$f'"
	done
	case $version in
	'' | *[!0-9A-Za-z.+~_-]*) die "strange version '$version'" ;;
	esac
}

# need NAME...: programs that are not there are named in one message.
need()
{
	missing=
	for name; do
		command -v "$name" >/dev/null || missing="$missing $name"
	done
	[ -z "$missing" ] || die "not installed here:$missing"
}

# The rows of a list file, without comments.
rows()
{
	sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$1"
}

# is_fresh STEP INPUTS: was the step made from just this? If not, it counts as unmade.
is_fresh()
{
	[ "$(cat "$work/$1.from" 2>/dev/null)" = "$2" ] && return
	rm -f "$work/$1.from"
	return 1
}

# made STEP INPUTS: records what the step, now complete, was made from.
made()
{
	echo "$2" >"$work/$1.from"
}

# ---- kernel

# The image and module packages that a kernel meta package leads to.
kernel_packages()
{
	for meta in ${KERNEL_PACKAGE:-linux-image-amd64 linux-image-generic}; do
		apt-cache depends --recurse --important "$meta" 2>/dev/null |
			grep -E '^linux-(image|modules)(-unsigned|-extra)?-[0-9]' | sort -u |
			grep . && return
	done
	die "apt offers no kernel package (apt-get update, or set KERNEL_PACKAGE or KERNEL_DEB)"
}

download_kernel()
{
	need apt-cache apt-get
	names=$(kernel_packages)
	# shellcheck disable=SC2086 # a list of names
	say "downloading" $names
	rm -rf "$work/debs.tmp"
	mkdir "$work/debs.tmp"
	# shellcheck disable=SC2086 # a list of names
	(cd "$work/debs.tmp" && apt-get -q -o APT::Sandbox::User="$(id -un)" download $names) \
		>"$work/log" 2>&1 || { cat "$work/log" >&2; die "cannot download the kernel"; }
	mv "$work/debs.tmp" "$work/debs"
}

# Where the modules of an unpacked kernel are; newer distributions have them below usr.
modules_dir()
{
	for d in "$1"/lib/modules/* "$1"/usr/lib/modules/*; do
		if [ -d "$d/kernel" ] && [ -e "$1/boot/vmlinuz-${d##*/}" ]; then
			echo "$d"
			return
		fi
	done
	die "the kernel packages have no kernel with modules"
}

# order_modules UNPACKED KVER: files of modules.load.list and what they need, in order.
order_modules()
{
	mkdir -p "$work/empty"
	rows "$here/modules.load.list" >"$work/kernel.tmp/names"
	while read -r name optional; do
		modprobe -C "$work/empty" -d "$1" -S "$2" --show-depends "$name" 2>"$work/log" ||
			[ -n "$optional" ] || { cat "$work/log" >&2; die "the kernel has no '$name'"; }
	done <"$work/kernel.tmp/names" >"$work/kernel.tmp/shown"
	sed -n 's,^insmod .*/\(kernel/[^ ]*\).*,\1,p' "$work/kernel.tmp/shown" | awk '!seen[$0]++'
}

# kept_modules DIR: files of modules.keep and of stdin, with what they depend on.
kept_modules()
(
	cd "$1"
	{
		cat
		for glob in $(cd kernel && rows "$here/modules.keep"); do
			for path in kernel/$glob; do
				[ ! -e "$path" ] || find "$path" -type f -name '*.ko*'
			done
		done
	} | awk '
		FILENAME != "-" { file = $1; sub(":", "", file); needs[file] = file substr($0, length($1) + 1) }
		FILENAME == "-" && $0 in needs { n = split(needs[$0], f); for (i = 1; i <= n; i++) print f[i] }
	' modules.dep - | sort -u
)

# Modules as init and modprobe want them: not packed, and without what only costs time
# at loading (a third of a boot without KVM): signatures, type information, tables
# for exact backtraces, and the registration of trace events.
slim_modules()
{
	find "$1" -name '*.ko.xz' -exec xz -dq {} +
	find "$1" -name '*.ko.zst' -exec zstd -dq --rm {} +
	find "$1" -name '*.ko.gz' -exec gzip -dq {} +
	find "$1" -name '*.ko' -exec objcopy --strip-debug -R .BTF -R .orc_unwind -R .orc_unwind_ip \
		-R _ftrace_events -R _ftrace_eval_map {} \;
}

build_kernel()
{
	if [ -z "${KERNEL_DEB:-}" ] && [ ! -d "$work/debs" ]; then
		download_kernel
	fi
	debs=${KERNEL_DEB:-$(ls "$work"/debs/*.deb)}
	# shellcheck disable=SC2086 # a list of files
	kernel_key=$(stat -L -c '%n %s %Y' $debs && cksum "$extract" "$here/build.sh" "$here"/modules.*)
	is_fresh kernel "$kernel_key" && return
	say "unpacking the kernel"
	rm -rf "$work/kernel" "$work/kernel.tmp"
	new=$work/kernel.tmp
	mkdir -p "$new/deb"
	for deb in $debs; do
		dpkg-deb -x "$deb" "$new/deb"
	done
	from=$(modules_dir "$new/deb")
	kver=${from##*/}
	[ -d "$new/deb/lib" ] || ln -s usr/lib "$new/deb/lib"
	"$extract" "$new/deb/boot/vmlinuz-$kver" "$new/vmlinux"
	echo "$kver" >"$new/version"
	for deb in $debs; do
		# shellcheck disable=SC2016 # dpkg-deb's own
		dpkg-deb -W --showformat='${Package} ${Version}\n' "$deb"
	done >"$new/packages"

	say "choosing modules of $kver"
	depmod -b "$new/deb" "$kver"
	order_modules "$new/deb" "$kver" >"$new/load"
	kept_modules "$from" <"$new/load" >"$new/keep"
	to=$new/lib/modules/$kver
	mkdir -p "$to"
	(cd "$from" && xargs cp --parents -t "$to" modules.builtin modules.order <"$new/keep")
	[ ! -e "$from/modules.builtin.modinfo" ] || cp "$from/modules.builtin.modinfo" "$to"
	slim_modules "$to"
	depmod -b "$new" "$kver"
	sed -i 's/\.ko\..*/.ko/' "$new/load"
	rm -rf "$new/deb"
	mv "$new" "$work/kernel"
	made kernel "$kernel_key"
}

# ---- tree

# The packages of the list under the names they have here. Missing ones end the build.
installed_packages()
{
	have=$(dpkg-query -W -f '/${binary:Package}/${db:Status-Status}/\n' | sed 's/:[^/]*//')
	missing=
	rows "$here/packages" | tr -d ' ' >"$work/wanted"
	while read -r choice; do
		for name in $(echo "$choice" | tr '|' ' '); do
			[ "$name" != - ] || continue 2
			case $have in
			*"/$name/installed/"*) echo "$name"; continue 2 ;;
			esac
		done
		missing="$missing ${choice%%|*}"
	done <"$work/wanted"
	[ -z "$missing" ] || die "packages to install first: apt-get install$missing"
}

# list_elf PATH...: of those that are ELF files, "PATH NEEDED..." a line.
list_elf()
{
	readelf -Whd "$@" /dev/null 2>/dev/null | awk '
		function done() { if (elf) print file needed; elf = 0; needed = "" }
		/^File: / { done(); file = substr($0, 7) }
		/^ELF Header/ { elf = 1 }
		/\(NEEDED\)/ { gsub(/.*\[|\].*/, ""); needed = needed " " $0 }
		END { done() }'
}

# Removes from the list on stdin what a "-" row of the file list names.
without_dropped()
{
	drop=$(rows "$here/files" | sed -n 's/^- //p')
	while read -r path; do
		for glob in $drop; do
			# shellcheck disable=SC2254 # a pattern
			case $path in $glob) continue 2 ;; esac
		done
		echo "$path"
	done
}

# Programs of the listed packages, which their dependencies have more of, but no scripts; of a
# package with "=" rows in the file list these alone.
list_programs()
{
	while read -r package; do
		rows "$here/files" | sed -n "s,^= $package ,/,p" >"$work/chosen"
		[ -s "$work/chosen" ] || dpkg -L "$package" >"$work/chosen"
		cat "$work/chosen"
	done <"$work/supermin.d/packages" | sed -nE 's,^(/usr)?/(s?bin/[^/]+)$,usr/\2,p' |
		sort -u | without_dropped | while read -r path; do
			[ ! -e "$path" ] || echo "$path"
		done
}

build_tree()
{
	tree_key=$(cat "$work/supermin.d/packages" && cksum "$here/build.sh" "$here/files" &&
		stat -c %Y /var/lib/dpkg/status)
	is_fresh tree "$tree_key" && return
	say "copying packages with supermin"
	# No --prepare: it would add the packages' configuration, and etc/ here is all of ours.
	printf -- '-%s\n' '/etc/*' '/var/*' '/usr/share/*' '/usr/include/*' '/usr/lib/udev/*' \
		'/usr/lib/systemd/*' '/boot/*' >"$work/supermin.d/excludefiles"
	rm -rf "$work/tree"
	supermin --build -f chroot --include-packagelist -o "$work/tree" "$work/supermin.d" \
		>"$work/log" 2>&1 || { cat "$work/log" >&2; die "supermin failed"; }
	(
		cd "$work/tree"
		# shellcheck disable=SC2046 # lists of files
		list_elf $(list_programs) >"$work/programs"
		# shellcheck disable=SC2046,SC2010
		list_elf $(find usr/lib usr/lib64 -maxdepth 2 -name '*.so*') >"$work/libraries"
	)
	made tree "$tree_key"
}

# ---- initrd

build_initrd()
{
	initrd_key=$kernel_key$nl$(cksum "$init")$nl$epoch
	is_fresh initrd "$initrd_key" && return
	say "packing the initrd"
	new=$work/initrd.d
	rm -rf "$new" "$work/initrd" # not written over: the published one is a hard link
	mkdir -p "$new/dev" "$new/proc" "$new/sys" "$new/sysroot" "$new/modules"
	install -m 755 "$init" "$new/init"
	strip "$new/init"
	(cd "$work/kernel/lib/modules/$(cat "$work/kernel/version")" &&
		xargs cp -t "$new/modules" <"$work/kernel/load")
	sed 's,.*/,/modules/,' "$work/kernel/load" >"$new/modules.load"
	find "$new" -exec touch -h -d "@$epoch" {} +
	(cd "$new" && find . -mindepth 1 | sort |
		cpio --quiet -o -H newc -R 0:0 --reproducible) >"$work/initrd"
	rm -rf "$new"
	made initrd "$initrd_key"
}

# ---- root

# needed_libraries: those that the programs on stdin need, and that these need in turn.
needed_libraries()
{
	awk '
		function name(path) { sub(/.*\//, "", path); return path }
		FILENAME != "-" { if (!(name($1) in path)) path[name($1)] = $1; needs[name($1)] = $0; next }
		{ todo[++n] = $0 }
		END {
			for (i = 1; i <= n; i++) {
				k = split(todo[i], f)
				for (j = 2; j <= k; j++) {
					if (seen[f[j]]++)
						continue
					if (f[j] in path) { print path[f[j]]; todo[++n] = needs[f[j]] }
					else { print f[1] " needs " f[j] > "/dev/stderr"; bad = 1 }
				}
			}
			exit bad
		}' "$work/libraries" -
}

# Everything of the tree that the root has, copied into DIR.
copy_tree()
(
	cd "$work/tree"
	# shellcheck disable=SC2046 # patterns
	extra=$(ls -d $(rows "$here/files" | sed -n 's/^+ //p'))
	# shellcheck disable=SC2086 # a list of files
	libraries=$({ cat "$work/programs"; list_elf $extra; (cd "$1" && list_elf usr/sbin/guestd usr/sbin/ntfsgrow); } |
		needed_libraries) ||
		die "libraries are missing: add their packages to appliance/packages (dpkg -S finds them)"
	cut -d' ' -f1 "$work/programs" | xargs cp -a --parents -t "$1"
	printf '%s\n' "$libraries" "$extra" | sort -u | xargs cp -L --parents -t "$1"
	cp -a bin sbin lib lib64 "$1"
	cp -a --parents usr/lib64/* "$1"
	# links to what was left out, and those through /etc/alternatives
	find "$1/usr" -type l \( -lname '/*' -o -xtype l \) -delete
)

# The folders, links and settings that no package has.
add_own_files()
{
	for dir in proc sys dev run tmp sysroot mnt etc var/lib var/cache var/tmp; do
		mkdir -p "$1/$dir"
	done
	ln -s ../run "$1/var/run"
	ln -s ../run/lock "$1/var/lock"
	ln -s ../proc/self/mounts "$1/etc/mtab"
	cp -r --no-preserve=mode "$here/etc" "$1"
	cp -al "$work/kernel/lib/modules" "$1/lib/"
	find "$1/usr/lib" -mindepth 1 -maxdepth 1 -type d -name '*-linux-gnu' -printf '/usr/lib/%f\n' \
		>"$1/etc/ld.so.conf"
	ldconfig -X -r "$1"
	rm -rf "$1/var/cache/ldconfig"
}

# Blocks for the files and folders, the inodes, and some more.
image_blocks()
{
	find "$1" -printf '%y %s\n' | awk -v b="$block" '
		{ n += 2; if ($1 == "f") n += int(($2 + b - 1) / b); inodes++ }
		END { print int(n + inodes / 16 + 1024) }'
}

# The debugfs commands that fill the image, parents before children.
image_commands()
{
	find "$1" -mindepth 1 -printf '%P\t%y\t%l\n' | sort | awk -F'\t' '
		BEGIN { print "rmdir lost+found" }
		/["\\]/ { print "odd name " $1 > "/dev/stderr"; exit 1 }
		$2 == "d" { printf "mkdir \"/%s\"\n", $1 }
		$2 == "f" { printf "write \"%s\" \"/%s\"\n", $1, $1 }
		$2 == "l" { printf "symlink \"/%s\" \"%s\"\n", $1, $3 }'
}

# write_image DIR IMAGE: ext4 without a journal and checksums, read-only for ever.
write_image()
{
	rm -f "$2"
	export MKE2FS_CONFIG=/dev/null E2FSPROGS_FAKE_TIME="$epoch"
	mke2fs -q -t ext2 -O none,filetype,sparse_super,large_file,extent -b "$block" -m 0 \
		-N $(($(find "$1" | wc -l) + 64)) -U "$uuid" -L guestutils \
		-E "hash_seed=$uuid,nodiscard,lazy_itable_init=0,root_owner=0:0" \
		"$2" "$(image_blocks "$1")" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "mke2fs failed"; }
	image_commands "$1" >"$work/commands"
	(cd "$1" && debugfs -w -f "$work/commands" "$2") >/dev/null 2>"$work/log"
	# debugfs ends with 0 whatever happens: all it says on stderr is its version
	if grep -v '^debugfs [0-9]' "$work/log" >&2; then
		die "cannot fill the root image"
	fi
	e2fsck -fn "$2" >"$work/log" 2>&1 || { cat "$work/log" >&2; die "the root image is damaged"; }
}

build_root()
{
	root_key=$kernel_key$nl$tree_key$nl$(find "$guestd" "$ntfsgrow" "$here/etc" -type f -exec cksum {} +)$nl$epoch
	is_fresh root "$root_key" && return
	say "writing the root image"
	new=$work/root.d
	rm -rf "$new"
	mkdir -p "$new/usr/sbin"
	for f in "$guestd" "$ntfsgrow"; do
		install -m 755 "$f" "$new/usr/sbin"
		strip --strip-debug "$new/usr/sbin/${f##*/}"
	done
	copy_tree "$new"
	add_own_files "$new"
	chmod -R ug-s "$new" # which only a build as root has copied
	write_image "$new" "$work/root"
	rm -rf "$new"
	made root "$root_key"
}

# ---- the folder

# What the appliance is made of, for people and as its identity: no times, no paths.
manifest()
(
	cd "$1"
	printf '{\n  "format": 1,\n  "version": "%s",\n  "kernel": "%s",\n  "arch": "%s",\n  "files": {' \
		"$version" "$(cat "$work/kernel/version")" "$(uname -m)"
	sep=
	for file in vmlinux initrd root; do
		sum=$(sha256sum "$file")
		printf '%s\n    "%s": { "size": %s, "sha256": "%s" }' \
			"$sep" "$file" "$(stat -L -c %s "$file")" "${sum%% *}"
		sep=,
	done
	printf '\n  },\n  "packages": {'
	sed 's/_[^_]*$//; s/_/ /' "$work/tree/packagelist" | sort - "$work/kernel/packages" |
		awk '{ printf "%s\n    \"%s\": \"%s\"", sep, $1, $2; sep = "," }'
	printf '\n  }\n}\n'
)

# A complete folder takes the place of the old one, or nothing happens.
publish()
{
	out_key=$kernel_key$nl$initrd_key$nl$root_key$nl$version$nl$out
	if is_fresh out "$out_key" && [ -e "$out/manifest.json" ]; then
		touch "$out/manifest.json"
		return
	fi
	rm -rf "$out.new" "$out.old"
	mkdir -p "$out.new"
	for file in kernel/vmlinux initrd root; do
		cp -l "$work/$file" "$out.new/" 2>/dev/null ||
			cp --sparse=always "$work/$file" "$out.new/"
	done
	manifest "$out.new" >"$out.new/manifest.json"
	[ ! -e "$out" ] || mv "$out" "$out.old"
	mv "$out.new" "$out"
	rm -rf "$out.old"
	made out "$out_key"
	say "$out is ready ($(du -sm "$out" | cut -f1) MiB)"
}

options "$@"
need supermin dpkg-deb dpkg-query modprobe depmod readelf objcopy strip ldconfig cpio mke2fs \
	debugfs e2fsck flock
mkdir -p "$work"
work=$(cd "$work" && pwd)
exec 9>"$work/lock"
flock 9
mkdir -p "$work/supermin.d"
installed_packages >"$work/supermin.d/packages"
build_kernel
build_tree
build_initrd
build_root
publish
