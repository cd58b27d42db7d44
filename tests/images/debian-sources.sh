# SPDX-License-Identifier: GPL-2.0-or-later
# Where packages of a Debian come from: of the mirror that this machine's apt
# uses.  Sourced.
# shellcheck shell=bash
# shellcheck disable=SC2154 # scratch is of common.sh

# debian_sources SUITE: the entries of this machine's apt sources that are
# Debian's bookworm, as they are written there: with their options, above all
# Signed-By; for that suite in place of bookworm, which the same mirror will
# have, and the same keys have signed.  They go to $scratch/apt.sources and
# $scratch/apt.list, whose names are printed.
debian_sources()
{
    local entry uri suite file
    # shellcheck disable=SC2016
    apt-get indextargets \
        --format '$(SOURCESENTRY) $(REPO_URI) $(RELEASE)' \
        'Created-By: Packages' 'Origin: Debian' 'Component: main' \
        2>/dev/null | sort -u |
    while read -r entry uri suite; do
        case $suite in
        bookworm | bookworm-updates | bookworm-security) ;;
        *) continue ;;
        esac
        file=${entry%:*}
        case $file in
        *.sources)
            awk -v uri="${uri%/}" -v suite="$suite" '
                BEGIN { RS = ""; ORS = "\n\n" }
                index($0, uri) && $0 ~ ("[ \t]" suite "([ \t\n]|$)") {
                    gsub(/(^|\n)#[^\n]*/, "")
                    sub(/^\n+/, "")
                    print
                }' "$file" >>"$scratch/apt.all"
            ;;
        *)
            awk -v uri="${uri%/}" -v suite="$suite" '
                /^[ \t]*deb[ \t]/ && index($0, uri) &&
                $0 ~ ("[ \t]" suite "[ \t]")' "$file" >>"$scratch/apt.list.all"
            ;;
        esac
    done
    # A stanza or a line that names two suites was found twice.
    if [ -s "$scratch/apt.all" ]; then
        awk 'BEGIN { RS = ""; ORS = "\n\n" } !seen[$0]++' \
            "$scratch/apt.all" |
            sed "s/\\bbookworm\\b/$1/g" >"$scratch/apt.sources"
        printf '%s\n' "$scratch/apt.sources"
    fi
    if [ -s "$scratch/apt.list.all" ]; then
        awk '!seen[$0]++' "$scratch/apt.list.all" |
            sed "s/\\bbookworm\\b/$1/g" >"$scratch/apt.list"
        printf '%s\n' "$scratch/apt.list"
    fi
}

# new_debian SUITE TAR [mmdebstrap option...]: the best way to a chroot that
# this user has.  Status 77 where there is none, or no network.
new_debian()
{
    local suite=$1 tar=$2 mode modes='unshare fakechroot' sources
    shift 2
    need mmdebstrap apt-get tar
    mapfile -t sources < <(debian_sources "$suite")
    [ "$(id -u)" != 0 ] || modes=root
    for mode in $modes; do
        if mmdebstrap --quiet --mode="$mode" --format=tar \
            --aptopt='Acquire::Languages "none"' \
            --dpkgopt='path-exclude=/usr/share/man/*' \
            --dpkgopt='path-exclude=/usr/share/locale/*' \
            "$@" "$suite" "$tar" "${sources[@]}" \
            2>>"$scratch/log" </dev/null; then
            return
        fi
        rm -f "$tar"
    done
    cat "$scratch/log" >&2
    echo 'no Debian could be made: is there a network?' >&2
    exit 77
}
