# SPDX-License-Identifier: GPL-2.0-or-later
# Guests that boot, for bats tests; load with "load lib/boot", after lib/common.
# shellcheck shell=bash

# What a guest says that goes no further.
boot_stuck='No bootable|Shell>|GRUB GRUB|(Geom|Disk|Read) Error|grub rescue>|grub>'
boot_stuck+='|Kernel panic|\(initramfs\)|emergency mode'

# What is on the console, without what places its cursor: SeaBIOS has that also within words.
boot_said()
{
	sed 's/\x1b\[[0-9;?]*[A-Za-z]//g' console.raw | tr -d '\r\0'
}

# boot_until WORDS OPTION...: a qemu with these options until WORDS (a regular expression of
# grep -E) are on the console. Fails, and shows what there was, as soon as the guest is stuck or
# has ended, or after $BOOT_TIMEOUT seconds (300). The qemu is gone after it; what the guest said
# is in the file console, as lines that end as lines do.
boot_until()
{
	local words=$1 machine status=0 end=$((SECONDS + ${BOOT_TIMEOUT:-300}))
	shift
	: >console.raw
	# No display, so that the firmware and GRUB write to the serial line.
	qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -accel tcg -cpu max \
		-machine pc,graphics=off -m 768 "$@" -serial file:console.raw \
		</dev/null >machine-words 2>&1 3>&- &
	machine=$!
	until grep -aqE "$words" < <(boot_said); do
		if [ ! -d "/proc/$machine" ] || [ "$SECONDS" -ge "$end" ] ||
			grep -aqE "$boot_stuck" < <(boot_said); then
			status=1
			break
		fi
		sleep 0.5
	done
	kill "$machine" 2>/dev/null || :
	wait "$machine" || :
	boot_said >console
	[ "$status" = 0 ] || tail -n 100 console machine-words >&2
	return "$status"
}

# boot_guest IMAGE [efi]: boots it to its login prompt by its own boot loader, as vda, from the
# BIOS or from UEFI firmware. IMAGE stays as it is: qcow2 if its name says so, else raw.
boot_guest()
{
	local format=raw firmware=() file
	[[ $1 != *.qcow2 ]] || format=qcow2
	if [ "${2:-}" = efi ]; then
		file=/usr/share/ovmf/OVMF.fd
		[ -e "$file" ] || skip "$file is not installed"
		firmware=(-bios "$file")
	fi
	boot_until 'login:' "${firmware[@]}" -snapshot -drive "file=$1,format=$format,if=virtio"
}

# guest_said NAME: what the guest of the last boot_guest said NAME is.
guest_said()
{
	sed -n "s/^GUEST-$1=//p" console
}
