#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What no compiler checks: which layer may include which, banned calls, first lines,
# prints and exits below main. One line a finding on stdout, as FILE:LINE: WORDS; status 1
# if there is any. Sizes beyond the guide are told as warnings, on stderr, and do no harm.
set -u
cd "$(dirname "$0")/.." || exit 1

mapfile -t sources < <(find common daemon appliance tools tests -name work -prune -o \
	-name out -prune -o -name '*.[ch]' -print | sort)
mapfile -t scripts < <({ ls try check setup autogen.sh .ci/run
	find appliance bench tests -name work -prune -o -name out -prune -o \
		\( -name '*.sh' -o -name '*.bash' -o -name '*.bats' -o -path bench/bench \) -print
} 2>/dev/null | sort)
mapfile -t others < <(ls Makefile.am configure.ac ./*.md NEWS docs/* 2>/dev/null
	find common daemon appliance tools tests completions -name Makemodule.am -o -name '*.def')
found=0

# report WORDS: each line on stdin, FILE:LINE:TEXT, is a finding.
report()
{
	local file line text
	while IFS=: read -r file line text; do
		echo "$file:$line: $1: ${text#"${text%%[![:space:]]*}"}"
		found=1
	done
}

# code FILE...: FILE:LINE:TEXT of the sources with comments and the content of string literals blanked.
code()
{
	awk '
		FNR == 1 { comment = 0 }
		{
			line = $0; out = ""
			while (line != "") {
				if (comment) {
					i = index(line, "*/")
					if (!i) { line = ""; break }
					line = substr(line, i + 2); comment = 0
				} else if (match(line, /"([^"\\]|\\.)*"|\047([^\047\\]|\\.)*\047|\/\*|\/\//)) {
					t = substr(line, RSTART, RLENGTH)
					out = out substr(line, 1, RSTART - 1)
					line = substr(line, RSTART + RLENGTH)
					if (t == "/*") comment = 1
					else if (t == "//") { out = out t; line = "" }
					else out = out substr(t, 1, 1) substr(t, 1, 1)
				} else { out = out line; line = "" }
			}
			if (out != "") print FILENAME ":" FNR ":" out
		}' "$@"
}

# Which folder may include which: a layer's own, and those below it.
layers()
{
	awk -F'"' '
		BEGIN {
			below["util"] = " "
			below["proto"] = " util "
			below["vm"] = " util proto "
			below["cli"] = " util proto vm "
			below["tools"] = " util proto vm cli "
			below["daemon"] = " util proto "
			below["appliance"] = " util "
			below["tests"] = " util proto vm cli daemon tools "
		}
		/^[ \t]*#[ \t]*include[ \t]*"/ {
			n = split(FILENAME, part, "/")
			own = part[1] == "common" ? part[2] : part[1]
			while (sub(/^\.\.\//, "", $2)) ;
			to = index($2, "/") ? substr($2, 1, index($2, "/") - 1) : own
			if (to == "common") { split($2, part, "/"); to = part[2] }
			if (to != own && !index(below[own], " " to " "))
				print FILENAME ":" FNR ":" $0
		}' "$@"
}

in_layer()
{
	printf '%s\n' "${sources[@]}" | grep -E "$1"
}

report "no SPDX line first" < <(
	for f in "${sources[@]}"; do
		head -n 1 "$f" | grep -q '^/\* SPDX-License-Identifier: GPL-2.0-or-later \*/$' || echo "$f:1:"
	done
	for f in "${scripts[@]}" "${others[@]}"; do
		case $f in *.md | docs/* | NEWS | ./NEWS | tests/images/*) continue ;; esac
		head -n 3 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' || echo "$f:1:"
	done)

report "includes a layer that is not below" < <(layers "${sources[@]}")

report "banned call" < <(code "${sources[@]}" |
	grep -E ':.*\b(strcpy|strcat|stpcpy|sprintf|vsprintf|gets|alloca|system|popen|tmpnam|mktemp|strtok|atoi|atol)[[:space:]]*\(')

report "comment with //" < <(code "${sources[@]}" | grep -F //)

# Libraries and the daemon: words go into struct err or to the event function. What prints
# is cli, the tools and the tests; guestd has its last words on the console, its program ntfsgrow on stderr.
mapfile -t quiet < <(in_layer '^(common/(util|proto|vm)|daemon)/' |
	grep -vxF -e daemon/main.c -e daemon/ntfsgrow.c -e daemon/boot.c -e common/util/xalloc.c)
report "prints or exits below main" < <(code "${quiet[@]}" |
	grep -E '[^_[:alnum:]](printf|vprintf|fprintf|vfprintf|puts|fputs|putchar|perror|dprintf|exit|errx|warnx)[[:space:]]*\(')

report "its own header is not included first" < <(
	for f in $(in_layer '\.c$' | grep -v '^tests/'); do
		own=${f%.c}.h
		[ -f "$own" ] || continue
		first=$(grep -m 1 -n '^#include' "$f")
		case $first in *"${own##*/}\""*) ;; *) echo "$f:$first" ;; esac
	done)

report "unfinished" < <(grep -nE '\b(TODO|FIXME|XXX)\b' "${sources[@]}" "${scripts[@]}" "${others[@]}" |
	grep -v '^tests/lint.sh:' | grep -vE 'TODO\(#[0-9]+\)')

report "a path of one machine" < <(grep -nE '/(home|work|Users)/[a-z]+/[a-z]' "${sources[@]}" "${scripts[@]}" \
	"${others[@]}" | grep -vE '^tests/|/home/(user|alice|me)/')

report "space at the end of a line" < <(grep -nE '[[:space:]]+$' "${sources[@]}" "${scripts[@]}" "${others[@]}")

# Sizes: a guide.
wc -l "${sources[@]}" | awk '
	$2 == "total" || $2 ~ /^tests\// { next }
	$2 ~ /\.c$/ && $1 > 600 { print $2 ": warning: " $1 " lines, the guide is 600" }
	$2 ~ /\.h$/ && $1 > 200 { print $2 ": warning: " $1 " lines, the guide is 120" }' >&2
awk '
	FNR == 1 { start = 0 }
	/^\{/ { start = FNR }
	/^\}/ && start {
		if (FNR - start > 80)
			print FILENAME ":" start ": warning: a function of " FNR - start " lines, the guide is 80"
		start = 0
	}' "${sources[@]}" >&2

exit $found
