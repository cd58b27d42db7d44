# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for the tools of guestutils. Each tool is asked for its own
# options: nothing is known here but how an argument's name tells what it is.

function __guestutils_complete --argument-names tool
	command -q $tool; or return
	for line in (command $tool --dump-options 2>/dev/null)
		set -l row (string split \t -- $line)
		set -l spec -c $tool
		test -n "$row[1]"; and set -a spec -s (string sub -s 2 -- $row[1])
		test -n "$row[2]"; and set -a spec -l (string sub -s 3 -- $row[2])
		test -n "$row[5]"; and set -a spec -d $row[5]
		# An argument that may be left out is in the option's own word: fish needs no -r for it.
		test $row[3] = required; and set -a spec -r
		switch $row[4]
			case 'FILE*'
				set -a spec -F
			case DIR
				set -a spec -x -a '(__fish_complete_directories)'
			case '*|*'
				set -a spec -f -a (string replace -a '|' ' ' -- $row[4])
		end
		complete $spec
	end
end

for tool in guest-cat guest-ls guest-edit guest-filesystems guest-df guest-log guest-tail guest-alignment-scan guest-format guest-make-fs guest-resize guest-sparsify guest-inspect guest-doctor
	__guestutils_complete $tool
end
functions -e __guestutils_complete
