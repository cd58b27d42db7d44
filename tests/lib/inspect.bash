# SPDX-License-Identifier: GPL-2.0-or-later
# What guest-inspect says, for bats tests; load with "load lib/inspect".
# shellcheck shell=bash

# shellcheck disable=SC2154 # run sets output and status

# inspected OPTION...: runs it; its XML is in $xml.
inspected()
{
	run --separate-stderr within 120 guest-inspect --xml "$@"
	xml=$output
	echo "${stderr:-}" "$xml"
	[ "$status" -eq 0 ]
}

# asked XPATH WANTED: one thing of $xml.
asked()
{
	local got
	got=$(guest-inspect --xpath "string($1)" <<<"$xml")
	echo "$1: '$got', not '$2'"
	[ "$got" = "$2" ]
}
