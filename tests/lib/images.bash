# SPDX-License-Identifier: GPL-2.0-or-later
# Disk images for bats tests; load with "load lib/images".
# shellcheck shell=bash

# image NAME [VARIABLE]: make sure that an image of tests/images/make.sh's
# table is there, and put its path in VARIABLE ("image" if none is given).
# All tests share it: read only.  The test is skipped if a program or the
# network that making it takes is missing, unless GUESTUTILS_TEST_NO_SKIP is
# set.  In setup_file, export the variable.
image()
{
    local _path _status=0 _make
    _make=${BASH_SOURCE[0]%/*}/../images/make.sh
    _path=$("$_make" "$1" 3>&-) || _status=$?
    case $_status in
    0) printf -v "${2:-image}" %s "$_path" ;;
    77)
        [ -z "${GUESTUTILS_TEST_NO_SKIP:-}" ] || return 1
        # From setup_file bats cannot skip: each test does it then, in common_setup.
        if [ -z "${BATS_TEST_NAME:-}" ]; then
            export IMAGE_MISSING="the image $1 cannot be made here"
            return
        fi
        skip "the image $1 cannot be made here"
        ;;
    *) return 1 ;;
    esac
}

# image_copy NAME [VARIABLE]: the same, of a copy that the test may write to.
# Its backing files and the like are not copied.
image_copy()
{
    local _shared _copy
    image "$1" _shared || return
    _copy=$(mktemp -d "$BATS_TEST_TMPDIR/image.XXXXXX")/$1
    cp --sparse=always --reflink=auto "$_shared" "$_copy"
    chmod u+w "$_copy"
    printf -v "${2:-image}" %s "$_copy"
}

# image_file NAME FILE [VARIABLE]: the path of a file that lies beside an
# image: checksums, a list of names.
image_file()
{
    local _shared
    image "$1" _shared || return
    printf -v "${3:-image}" %s "${_shared%/*}/$2"
}

# ntfs_dirty IMAGE: sets the dirty bit of an NTFS: in the record of $Volume, the fourth of its table.
ntfs_dirty()
{
	python3 - "$1" <<-'END'
		import struct, sys
		with open(sys.argv[1], "r+b") as f:
		    boot = f.read(512)
		    cluster = struct.unpack_from("<H", boot, 11)[0] * boot[13]
		    size = struct.unpack_from("<b", boot, 64)[0]
		    size = 1 << -size if size < 0 else size * cluster
		    for table in 48, 56: # and in its copy
		        start = struct.unpack_from("<Q", boot, table)[0] * cluster + 3 * size
		        f.seek(start)
		        record = f.read(size)
		        at = struct.unpack_from("<H", record, 20)[0]
		        while struct.unpack_from("<I", record, at)[0] != 0x70:
		            at += struct.unpack_from("<I", record, at + 4)[0]
		        flags = at + struct.unpack_from("<H", record, at + 20)[0] + 10
		        f.seek(start + flags)
		        f.write(bytes([record[flags] | 1]))
	END
}
