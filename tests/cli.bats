#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154,SC2317 # functions are called by name
# shellcheck disable=SC2046 # no operand is no word
# What all tools do alike: each test goes through every tool that was built. None of them
# starts an appliance.

load lib/common

setup_file()
{
	local tool
	TOOLS=
	for tool in "$TOP_BUILDDIR"/tools/*/guest-*; do
		[ ! -x "$tool" ] || [ -d "$tool" ] || TOOLS+=" ${tool##*/}"
	done
	export TOOLS
	[ -n "$TOOLS" ]
}

# each FUNCTION: calls it with every tool. Not in a condition: there, a test that fails in the
# middle of a function would not end it.
each()
{
	local tool
	for tool in $TOOLS; do
		echo "$tool:"
		"$1" "$tool"
	done
}

# with_images FUNCTION: the same, of the tools that take -a.
with_images()
{
	local tool
	for tool in $TOOLS; do
		"$tool" --long-options | grep -qx -e --add || continue
		echo "$tool:"
		"$1" "$tool"
	done
}

# operand TOOL: what it wants beside its images: "/", or nothing if it takes no operands.
operand()
{
	case $("$1" --help | head -n 1) in
	*' -a DISK...' | *' [-a DISK]...') ;;
	*) echo / ;;
	esac
}

# usage_status TOOL: what it ends with; where 2 means something else, it is 1.
usage_status()
{
	case $1 in
	guest-alignment-scan) echo 1 ;;
	*) echo 2 ;;
	esac
}

# is_usage: what capture found is a usage error of the tool: status 2, nothing on stdout, the
# message, and the line that says where help is.
is_usage()
{
	[ "$status" = "$(usage_status "$1")" ]
	[ -z "$out" ]
	[[ $err == "$1: "*$'\n'"Try '$1 --help' for more information." ]]
	[ "$err_lines" = 2 ]
}

# rows TOOL: the rows of --dump-options, with a separator of which read takes no two for one.
rows()
{
	"$1" --dump-options | tr '\t' '\037'
}

@test "--help goes to stdout, and names each option with its line" {
	check()
	{
		local letter name help
		capture "$1" --help
		[ "$status" = 0 ]
		[ -z "$err" ]
		[[ $out == "Usage: $1 "* ]]
		while IFS=$'\037' read -r letter name _ _ help; do
			[ -n "$help" ] || continue
			grep -qF -e "$help" out
			[ -z "$letter" ] || grep -qE -e "^  $letter(,| |$)" out
			[ -z "$name" ] || grep -qE -e "$name(\[?=| |$)" out
		done < <(rows "$1")
	}
	each check
}

@test "--version is the name and the version" {
	check()
	{
		capture "$1" --version
		[ "$status" = 0 ]
		[ -z "$err" ]
		[[ $out =~ ^"$1 "[0-9][^\ ]*$ ]]
		capture "$1" -V
		[[ $out =~ ^"$1 "[0-9] ]]
	}
	each check
}

@test "the first of --help and --version counts, whatever is wrong after it" {
	check()
	{
		capture "$1" --version --no-such-option
		[ "$status" = 0 ]
		capture "$1" --help --version
		[ "$status" = 0 ]
		[[ $out == Usage:* ]]
	}
	each check
}

@test "a bad option is bad usage" {
	check()
	{
		local words
		for words in -Z --no-such-option --help=3 -vZ; do
			capture "$1" "$words"
			is_usage "$1"
		done
		capture "$1" --ver
		is_usage "$1"
		[[ $err == *"option '--ver' is ambiguous; possibilities: "*"'--verbose'"* ]]
	}
	each check
}

@test "a unique prefix of a long option will do" {
	check()
	{
		capture "$1" --vers
		[ "$status" = 0 ]
		[[ $out == "$1 "* ]]
	}
	each check
}

@test "a missing argument is bad usage" {
	check()
	{
		capture "$1" -a
		is_usage "$1"
		[[ $err == *"option requires an argument -- 'a'"* ]]
		capture "$1" --add
		is_usage "$1"
		[[ $err == *"option '--add' requires an argument"* ]]
	}
	with_images check
}

@test "bad usage is told in JSON, too" {
	requires jq
	check()
	{
		capture "$1" --json --no-such-option
		[ "$status" = "$(usage_status "$1")" ]
		[ -z "$out" ]
		[ "$err_lines" = 1 ]
		[ "$(jq -r '.schema + " " + .tool' err)" = "guestutils.error.v1 $1" ]
	}
	each check
}

@test "a full disk is an error" {
	check()
	{
		status=0
		"$1" --help >/dev/full 2>err || status=$?
		[ "$status" = 1 ]
		[ "$(cat err)" = "$1: write error: No space left on device" ]
	}
	each check
}

@test "a closed stdout is an error" {
	check()
	{
		status=0
		"$1" --version >&- 2>err || status=$?
		[ "$status" = 1 ]
		[ "$(cat err)" = "$1: write error: Bad file descriptor" ]
	}
	each check
}

@test "with stdin, stdout and stderr closed it ends, too" {
	check()
	{
		status=0
		"$1" --version <&- >&- 2>&- || status=$?
		[ "$status" = 1 ]
	}
	each check
}

@test "the lists for completion agree" {
	check()
	{
		[ "$("$1" --short-options)" = "$("$1" --dump-options | cut -f1 | grep .)" ]
		[ "$("$1" --long-options)" = "$("$1" --dump-options | cut -f2 | grep .)" ]
		[ -z "$("$1" --long-options | sort | uniq -d)" ]
		[ -z "$("$1" --short-options | sort | uniq -d)" ]
		[ "$("$1" --long-options | grep -c -e -options)" = 0 ]
	}
	each check
}

@test "each option is in the manual, with the words of --help" {
	requires mandoc col
	check()
	{
		local letter name help
		mandoc -T ascii -O width=200 "$TOP_SRCDIR"/tools/*/"$1.1" | col -b |
			tr -s '\n\t ' ' ' | tr '[:upper:]' '[:lower:]' >page
		while IFS=$'\037' read -r letter name _ _ help; do
			[ -z "$letter" ] || grep -qF -e " ${letter,,}" page
			[ -z "$name" ] || grep -qE -e " ${name,,}[] =,[]" page
			grep -qF -e "${help,,}" page || {
				echo "not in the manual of $1: $help" >&2
				return 1
			}
		done < <(rows "$1")
	}
	each check
}

@test "what all tools share is in disk-image-options(7)" {
	requires mandoc col
	mandoc -T ascii -O width=200 "$TOP_SRCDIR/docs/disk-image-options.7" | col -b >page
	check()
	{
		local name
		for name in --add --format --blocksize --allow-external --mount --accel --appliance \
			--no-template --key --keys-from-stdin --echo-keys --timings --json --progress --verbose --version --help; do
			"$1" --long-options | grep -qx -e "$name" || continue
			grep -qE -e "$name([] =,[]|\$)" page
		done
	}
	each check
}

@test "the manuals have the sections that all have, and no warnings" {
	requires mandoc
	check()
	{
		local page section
		page=$(echo "$TOP_SRCDIR"/tools/*/"$1.1")
		mandoc -T lint -W warning "$page"
		for section in EXAMPLES 'EXIT STATUS' DIFFERENCES 'SEE ALSO'; do
			grep -qx "\.Sh $section" "$page"
		done
	}
	each check
	mandoc -T lint -W warning "$TOP_SRCDIR/docs/disk-image-options.7"
}

# complete_bash WORD...: what bash would offer for the last one, a line each.
complete_bash()
{
	bash -c '
		. "$0"
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_guestutils "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
		printf "%s\n" "${COMPREPLY[@]}"
	' "$TOP_SRCDIR/completions/guestutils.bash" "$@"
}

@test "bash completes every option" {
	check()
	{
		# Those that it does not offer; in one bash, for there are hundreds.
		# shellcheck disable=SC2046 # words
		bash -c '
			. "$0"
			tool=$1
			for name in "${@:2}"; do
				COMP_WORDS=("$tool" "$name") COMP_CWORD=1
				_guestutils "$tool" "$name" "$tool"
				printf "%s\n" "${COMPREPLY[@]}" | grep -qx -e "$name" || echo "$tool $name"
			done
		' "$TOP_SRCDIR/completions/guestutils.bash" "$1" $("$1" --long-options) $("$1" --short-options) >missing
		[ ! -s missing ] || { cat missing; return 1; }
	}
	each check
}

@test "bash completes arguments" {
	touch disk.img
	mkdir folder
	check()
	{
		[ "$(complete_bash "$1" -a d)" = disk.img ]
		[ "$(complete_bash "$1" -v d)" = disk.img ]
		[ "$(complete_bash "$1" --accel = k)" = kvm ]
		[ "$(complete_bash "$1" --accel k)" = kvm ]
		[ "$(complete_bash "$1" --blocksize =)" = $'512\n4096' ]
		[ "$(complete_bash "$1" --blocksize d)" = disk.img ]
		[ "$(complete_bash "$1" --appliance fo)" = folder ]
		if "$1" --long-options | grep -qx -e --mount; then
			[ -z "$(complete_bash "$1" -m d)" ]
		fi
	}
	with_images check
}

@test "fish completes every option" {
	requires fish
	check()
	{
		"$1" --long-options >names
		[ -s names ]
		# shellcheck disable=SC2016 # fish has variables of its own
		fish --no-config -c '
			source $argv[1]
			while read -l name
				complete -C "$argv[2] $name" | cut -f1 | grep -qx -e $name; or echo $argv[2] $name
			end
		' "$TOP_SRCDIR/completions/guestutils.fish" "$1" <names >missing
		[ ! -s missing ] || { cat missing; return 1; }
	}
	each check
}

@test "zsh takes the completion" {
	requires zsh
	zsh -f -n "$TOP_SRCDIR/completions/_guestutils"
}

@test "--format and --blocksize without an -a after them are bad usage" {
	check()
	{
		capture "$1" -a x.img --format=raw $(operand "$1")
		is_usage "$1"
		[[ $err == *"--format parameter must appear before -a parameter"* ]]
		capture "$1" -a x.img --blocksize $(operand "$1")
		is_usage "$1"
		[[ $err == *"--blocksize parameter must appear before -a parameter"* ]]
		capture "$1" --blocksize=513 -a x.img $(operand "$1")
		is_usage "$1"
		capture "$1" --format=nonsense -a x.img $(operand "$1")
		is_usage "$1"
		[[ $err == *qcow2* ]]
	}
	with_images check
}

@test "what is wrong with a remote image does not show its password" {
	check()
	{
		capture "$1" -a foo://joe:secret@host/x.img $(operand "$1")
		says_once 1 "unknown protocol 'foo'" "$1"
		[[ $err != *secret* ]]
	}
	with_images check
}

@test "a bad file URI is refused" {
	check()
	{
		capture "$1" -a file://elsewhere/x.img $(operand "$1")
		says_once 1 "absolute path" "$1"
	}
	with_images check
}

@test "a word that is neither file nor option is told apart from a domain" {
	check()
	{
		# It erases, and takes disks by -a and -d only.
		[ "$1" != guest-format ] || return 0
		capture "$1" nosuch $(operand "$1")
		says_once 1 "cannot open 'nosuch': no such file; as a domain: (no libvirt domain called 'nosuch'|cannot connect to libvirt: .*)" "$1"
	}
	with_images check
}

@test "nothing to do is bad usage" {
	check()
	{
		# All domains, then.
		[ "$1" != guest-df ] && [ "$1" != guest-alignment-scan ] || return 0
		capture "$1"
		is_usage "$1"
		[ -n "$(operand "$1")" ] || return 0
		capture "$1" /
		is_usage "$1"
		capture "$1" -a x.img
		is_usage "$1"
	}
	with_images check
}

@test "a tool without operands refuses them, and says how a format is given" {
	check()
	{
		[ -z "$(operand "$1")" ] || return 0
		capture "$1" -a x.img raw
		is_usage "$1"
		[[ $err == *"extra operand 'raw'; a format is given as '--format=raw'"* ]]
		capture "$1" -a x.img other
		is_usage "$1"
		[[ $err == *"extra operand 'other'"$'\n'* ]]
	}
	with_images check
}
