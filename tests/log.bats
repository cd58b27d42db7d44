#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154
# guest-log: journals of systemd and texts of syslog, and what is chosen from them.

load lib/common
load lib/images

setup_file()
{
	image logs.img LOGS
	image phony-linux.img TEXT
	export LOGS TEXT
	warm_cache
}

# log ARGUMENT...: of logs.img.
log()
{
	capture guest-log -a "$LOGS" "$@"
}

@test "entries of the journals of all machines are printed in the order of time" {
	log -o cat
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$(grep -c '^message [0-9]* of 1' out)" = 400 ]
	[ "$(grep '^message [0-9]* of 1' out | cut -d' ' -f2)" = "$(seq 0 399)" ]
	[ "$(grep -n '^message 399 of 1' out | cut -d: -f1)" -lt "$(grep -n '^a message alone' out | cut -d: -f1)" ]
}

@test "the time is that of the host's zone" {
	TZ=Etc/GMT-3 log -t sshd -n 1
	[ "$out" = "Mar 05 08:12:43 sshd[104] warning: message 396 of 1" ]
	TZ=Etc/GMT-3 log -t sshd -n 1 -o short-iso
	[ "$out" = "2021-03-05T08:12:43+0300 host1 sshd[104] warning: message 396 of 1" ]
}

@test "a message that was compressed is printed whole" {
	log -t app --since '2021-03-04 05:06:14' --until '2021-03-04 05:06:15' -o cat
	[ "${#out}" -gt 2000 ]
	[[ $out == "message 7 of 1 long long"* ]]
}

@test "-n prints the last entries, -r the newest first" {
	log -t cron -n 3 -o cat
	[ "$out" = $'message 389 of 1\nmessage 393 of 1\nmessage 397 of 1' ]
	log -t cron -n 3 -r -o cat
	[ "$out" = $'message 397 of 1\nmessage 393 of 1\nmessage 389 of 1' ]
	log -t cron -n 1000 -o cat
	[ "$(wc -l <out)" = 100 ]
}

@test "--since and --until enclose the moments that they name" {
	log --since '2021-03-05 05:12:40' --until '2021-03-05 05:12:43' -o cat
	[ "$out" = $'message 393 of 1\nmessage 394 of 1\nmessage 395 of 1' ]
	log --since '2021-03-05 05:12:40' --until '2021-03-05 05:12:43' -o cat -n 1
	[ "$out" = "message 395 of 1" ]
	log --until '2021-03-04 05:06:08' -o cat -r
	[ "$out" = "message 0 of 1" ]
	log --since 2022-01-01
	[ "$status" = 0 ]
	[ -z "$out" ]
	log --until 2021-01-01 -n 5
	[ "$status" = 0 ]
	[ -z "$out" ]
}

@test "-u takes a unit with and without its suffix, -p so important and more" {
	log -u ssh -p err -o cat
	[ "$(wc -l <out)" = 50 ]
	cp out first
	log -u ssh.service -p 0..3 -o cat
	cmp out first
	log -u ssh -u cron -o cat
	[ "$(wc -l <out)" = 200 ]
	log -u nosuch
	[ "$status" = 0 ]
	[ -z "$out" ]
}

@test "-b chooses a boot by its place, its id, or both" {
	log -b2 -n 1 -o cat
	[ "$out" = "message 399 of 1" ]
	log -b-2 -n 1 -o cat
	[ "$out" = "message 199 of 1" ]
	log -b -t odd -n 1 -o cat
	[ "$out" = "no numbers" ]
	log -b11111111111111111111111111111111 -n 1 -o cat
	[ "$out" = "message 199 of 1" ]
	log -b11111111-1111-1111-1111-111111111111+1 -n 1 -o cat
	[ "$out" = "message 399 of 1" ]
	log -b4
	says_once 1 "cannot read the log: .*no such boot: the journal has 3" guest-log
}

@test "JSON has one entry a line, and bytes that are not text in base64" {
	requires jq
	log --json -n 3
	[ "$status" = 0 ]
	jq -e '.schema == "guestutils.log.v1" and (.entries | length) == 3' out
	[ "$(wc -l <out)" = 5 ]
	jq -e '.entries[1] | .identifier == "bytes" and .priority == "emerg" and .pid == null' out
	[ "$(jq -r '.entries[1].message_b64' out | base64 -d)" = $'a\xff\x1b[31mred nul' ]
	jq -e '.entries[2].message | length > 65000' out
}

@test "a damaged journal costs its own entries and a warning" {
	image_copy logs.img mine
	head -c 3000000 /dev/urandom >noise
	printf 'LPKSHHRH' | dd of=noise conv=notrunc status=none
	debugfs -w -R "write noise /var/log/journal/22222222222222222222222222222222/a.journal" "$mine" 2>&1
	capture guest-log -a "$mine" -o cat -t sshd
	[ "$status" = 0 ]
	[ "$(wc -l <out)" = 100 ]
	[[ $err == *"warning: "*"a.journal' is left out"* ]]
}

@test "damage in the middle of a journal neither hangs nor crashes the tool" {
	local dir=/var/log/journal/22222222222222222222222222222222
	image_copy logs.img mine
	debugfs -R "dump $dir/system.journal whole" "$mine" 2>&1
	for seed in 1 2 3 4 5 6; do
		python3 - "$seed" <<-'EOS'
			import random, sys
			r = random.Random(int(sys.argv[1]))
			b = bytearray(open("whole", "rb").read())
			for i in range(2000):
			    b[r.randrange(300, min(len(b), 600000))] = r.randrange(256)
			open("broken", "wb").write(b)
		EOS
		debugfs -w -R "rm $dir/system.journal" "$mine" 2>&1
		debugfs -w -R "write broken $dir/system.journal" "$mine" 2>&1
		capture guest-log -a "$mine" -o cat
		[ "$status" -le 1 ]
		[ "$(grep -c '^message [0-9]* of 1' out)" = 400 ] || [ "$status" = 1 ]
	done
}

@test "a text is printed as it is, and its last lines" {
	guest-cat -a "$TEXT" /var/log/syslog >whole
	capture guest-log -a "$TEXT"
	[ "$status" = 0 ]
	cmp out whole
	capture guest-log -a "$TEXT" -n 3
	cmp out <(tail -n 3 whole)
	capture guest-log -a "$TEXT" -n 3 -r
	cmp out <(tail -n 3 whole | tac)
	capture guest-log -a "$TEXT" -r
	cmp out <(tac whole)
}

@test "NULs in a text, as a crash leaves them, hide no line" {
	requires jq
	image names.img
	cp --sparse=always "$image" mine.img
	chmod u+w mine.img
	{
		printf 'Nov 28 01:00:00 h app[3]: before\n'
		head -c 32760 /dev/zero
		printf 'Nov 28 02:00:00 h kernel: after crash\nNov 28 03:00:00 h a\0p: in\0side\n'
		head -c 40000 /dev/zero
	} >text
	printf 'cd /var/log\nrm syslog\nwrite text syslog\n' | debugfs -w -f - mine.img >/dev/null 2>&1
	capture guest-log -a mine.img -n 2
	[ "$out" = $'Nov 28 02:00:00 h kernel: after crash\nNov 28 03:00:00 h a p: in side' ]
	capture guest-log -a mine.img -r
	[ "$(sed -n 2p out)" = 'Nov 28 02:00:00 h kernel: after crash' ]
	[ "$(wc -l <out)" = 3 ]
	capture guest-log -a mine.img -t kernel -o cat
	[ "$out" = "after crash" ]
	capture guest-log -a mine.img --json
	jq -e '[.entries[] | .identifier + "|" + .message] ==
		["app|before", "kernel|after crash", "a p|in side"]' out
	capture guest-log -a mine.img
	cmp out text
}

@test "a text is read where the folder of the journal is empty" {
	image names.img
	cp --sparse=always "$image" mine.img
	chmod u+w mine.img
	debugfs -w -R "mkdir /var/log/journal" mine.img 2>&1
	capture guest-ls -a mine.img /var/log
	[[ $out == *journal* ]]
	capture guest-log -a mine.img -n 1
	[[ $out == *"message 500" ]]
}

@test "lines of a text have a time, a host, an identifier and a process in JSON" {
	requires jq
	capture guest-log -a "$TEXT" --json -n 1 -t daemon
	jq -e '.source == "/var/log/syslog" and (.entries | length) == 1' out
	jq -e '.entries[0] | .origin == "text" and .identifier == "daemon" and .pid == 1 and
		.message == "message 500" and .time == "2021-03-04T05:06:07.000000000Z"' out
	capture guest-log -a "$TEXT" --since 2021-03-05
	[ "$status" = 0 ]
	[ -z "$out" ]
}

@test "a text that has no units says so" {
	fails_with "'/var/log/syslog', which does not tell units" guest-log -a "$TEXT" -u ssh
}

@test "a guest without a log says where one was looked for" {
	image names.img
	fails_with "the guest has no log: neither a journal nor '/var/log/syslog'" \
		guest-log -a "$(no_log)"
}

# no_log: a copy of names.img without any.
no_log()
{
	cp --sparse=always "$image" none.img
	chmod u+w none.img
	debugfs -w -R "rm /var/log/syslog" none.img >/dev/null 2>&1
	echo none.img
}

# windows: the image of one with logs, and the one called Application, in $image and $application.
windows()
{
	image windows-gpt.img
	image_file windows-gpt.img Application.evtx application
}

@test "events of a Windows are entries like all others" {
	windows
	TZ=UTC capture guest-log -a "$image" --channel Application
	[ "$status" = 0 ]
	[ -z "$err" ]
	[ "$(wc -l <out)" = 40 ]
	[ "$(sed -n 2p out)" = "Mar 04 05:08:07 Service Control Manager[602] Warning: Event 7038: param1=DHCP-Client; param2=stopped" ]
	[ "$(sed -n 5p out)" = "Mar 04 05:11:07 EventLog[0] Information: Event 6005: By=hand; Twice=a&b" ]
	[[ $(sed -n 7p out) == *": Text=Grüße & <Küsse> 😀; Old=old text; I8=-8; U8=8; I16=-1616; U16=1616; I32=-323232; U32=323232; I64=-70368744177664; U64=70368744177664; Yes=true; Binary=0102FE; Guid={01234567-89AB-CDEF-0123-456789ABCDEF}; Hex32=0xc0de; Hex64=0xc0dec0de; When=2021-03-04T05:06:07.123456700Z; Who=S-1-5-18" ]]
	TZ=UTC capture guest-log -a "$image" --channel Application -n 2 -r -p err -t 'Service Control Manager'
	[ "$(wc -l <out)" = 2 ]
	[ "$(grep -cE ' (Critical|Error): ' out)" = 2 ]
	TZ=UTC capture guest-log -a "$image" --channel Application -S '2021-03-04 05:45:00' -o cat
	[ "$(wc -l <out)" = 2 ]
	guest-log -a "$image" --channel Application --json -n 1 -r >out
	[ "$(jq -c '.entries[] | [.origin, .host, .identifier, .priority, .event, .level, .user]' out)" = \
		'["Application","WIN-PHONY","EventLog","info",6040,"Information","S-1-5-18"]' ]
	TZ=UTC capture guest-log -a "$image" --channel Phony-Provider/Operational -o cat
	[ "$(wc -l <out)" = 3 ]
}

@test "events as XML are those that libevtx reads, to the byte but for blanks" {
	requires evtxexport
	requires xmllint
	windows
	guest-log -a "$image" --channel Application -o xml >ours
	{
		echo '<Events>'
		evtxexport -f xml "$application" | tail -n +3
		echo '</Events>'
	} >theirs
	# libevtx has other signs and surrogates than were written, and hexadecimal numbers padded,
	# which Windows has not; what is without a value it leaves out.
	for name in ours theirs; do
		xmllint --noblanks --format "$name" | tail -n +2 | sed \
			'/<Data Name="\(I8\|I16\|I32\|I64\|Hex32\|Hex64\|Nothing\|Text\)"/d' >"$name.lines"
	done
	[ "$(grep -c '<Event ' ours.lines)" = 40 ]
	diff ours.lines theirs.lines
}

@test "a log that has gone round begins with its oldest event" {
	windows
	guest-log -a "$image" --json | jq -r '.entries[].time' >moments
	[ "$(wc -l <moments)" -gt 1000 ]
	[ "$(tail -n 1 moments)" = 2021-03-06T07:06:07.123456700Z ]
	sort -c moments
}

@test "what Windows has none of is said" {
	windows
	fails_with "the guest has no log 'Setup' of Windows" guest-log -a "$image" --channel Setup
	fails_with "does not tell units and boots" guest-log -a "$image" -u sshd
	fails_with "xml is for the logs of Windows; this is '/var/log" guest-log -a "$TEXT" -o xml
	fails_with "the guest has no log 'System' of Windows" guest-log -a "$TEXT" --channel System
	image windows-mbr.img
	fails_with "no System.evtx" guest-log -a "$image"
}

@test "a damaged log of Windows costs what was damaged" {
	requires ntfscp
	windows
	cp --sparse=always "$image" disk.img
	chmod u+w disk.img
	dd if=disk.img of=c.img bs=1M skip=6 count=32 status=none
	cp "$application" bad.evtx
	chmod u+w bad.evtx
	# In the middle of an event, over the length of a later one, and of a chunk that is none.
	printf '\xff\xff\xff\xff' | dd of=bad.evtx bs=1 seek=$((4096 + 512 + 60)) conv=notrunc status=none
	ntfscp -f c.img bad.evtx Windows/System32/winevt/Logs/Application.evtx >/dev/null 2>&1
	head -c 5000 /dev/zero >none.evtx
	ntfscp -f c.img none.evtx Windows/System32/winevt/Logs/System.evtx >/dev/null 2>&1
	dd if=c.img of=disk.img bs=1M seek=6 conv=notrunc status=none
	capture guest-log -a disk.img --channel Application
	[ "$status" = 0 ]
	[ "$(wc -l <out)" -lt 40 ]
	[ "$(wc -l <out)" -gt 0 ]
	[[ $err == *"warning: the log is damaged at byte 4608: "*"; what can be read of it is shown"* ]]
	fails_with "System.evtx' is no log of Windows" guest-log -a disk.img
}

@test "a million entries need no memory that grows with them" {
	[ -n "${GUESTUTILS_TEST_LONG:-}" ] || skip "GUESTUTILS_TEST_LONG is not set"
	image many-logs.img
	ulimit -v 4000000
	guest-log -a "$image" -o cat | tail -n 1 >last
	[ "$(cat last)" = "message 999999 of 1" ]
}

@test "bad times, priorities, boots and numbers are bad usage" {
	for words in "-S never" "-U 2021-13-01" "-S 2024-02-30" "-p loud" "-bxyz" "-n 0" "-n x" "-o html" "-u a*"; do
		# shellcheck disable=SC2086
		capture guest-log -a "$LOGS" $words
		[ "$status" = 2 ] || { echo "$words: $status $err"; return 1; }
		[ -z "$out" ]
	done
}
