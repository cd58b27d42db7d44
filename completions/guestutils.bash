# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for the tools of guestutils. Each tool is asked for its own
# options: nothing is known here but how an argument's name tells what it is.
# shellcheck shell=bash

# The argument of an option, if it takes one: _guestutils_arg TOOL OPTION CUR GLUED
_guestutils_arg()
{
	local letter name arg metavar _

	# Fields are between tabs, and may be empty: read would take two tabs for one.
	while IFS=$'\x1f' read -r letter name arg metavar _; do
		[ "$2" = "$letter" ] || [ "$2" = "$name" ] || continue
		# An argument that may be left out is in the option's own word.
		[ "$arg" = required ] || [ "$arg$4" = optional1 ] || return 1
		case $metavar in
		FILE*) mapfile -t COMPREPLY < <(compgen -f -- "$3") ;;
		DIR) mapfile -t COMPREPLY < <(compgen -d -- "$3") ;;
		*\|*) mapfile -t COMPREPLY < <(compgen -W "${metavar//|/ }" -- "$3") ;;
		esac
		return 0
	done < <("$1" --dump-options 2>/dev/null | tr '\t' '\037')
	return 1
}

_guestutils()
{
	local tool=$1 cur=$2 prev=$3 glued=0

	COMPREPLY=()
	# --name=ARG comes in three words: "--name", "=" and "ARG".
	if [ "$cur" = = ]; then
		cur='' glued=1
	elif [ "$prev" = = ] && [ "$COMP_CWORD" -ge 2 ]; then
		prev=${COMP_WORDS[COMP_CWORD-2]} glued=1
	fi
	case $prev in
	-*) _guestutils_arg "$tool" "$prev" "$cur" "$glued" && return ;;
	esac
	case $cur in
	-*)
		mapfile -t COMPREPLY < <(compgen -W \
			"$("$tool" --short-options 2>/dev/null; "$tool" --long-options 2>/dev/null)" \
			-- "$cur")
		;;
	*) mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
	esac
}

complete -o filenames -F _guestutils guest-cat guest-ls guest-edit guest-filesystems guest-df guest-log guest-tail guest-alignment-scan guest-format guest-make-fs guest-resize guest-sparsify guest-inspect guest-doctor
