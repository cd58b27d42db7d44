/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * KVM, believed only once it was proved. That /dev/kvm opens proves nothing: there
 * are hosts where the guest then dies at once, or spins for ever. The proof is to
 * boot the appliance with it; the verdict holds for this boot of the host's kernel.
 */
#ifndef VM_ACCEL_H
#define VM_ACCEL_H

#include <stdbool.h>

enum kvm_state {
	KVM_ABSENT,	   /* no /dev/kvm */
	KVM_NOT_PERMITTED, /* it cannot be opened */
	KVM_BROKEN,	   /* it was tried since the host's boot and failed */
	KVM_UNPROVED,	   /* it opens, and was not tried yet */
	KVM_WORKS,	   /* it was tried since the host's boot and works */
};

struct kvm_verdict {
	enum kvm_state state;
	char why[400]; /* words for the user: the cause, or what was seen */
};

/* What is known about KVM with this qemu; cachefd may be -1: nothing is remembered then. */
void kvm_look(int cachefd, const char *qemu, struct kvm_verdict *ret);

/* Remembers the outcome of a proof; failure to write it down only means to prove it again. */
void kvm_remember(int cachefd, const char *qemu, bool works, const char *why);

/* The name of a state, for JSON: "absent", "not-permitted", "broken", "unproved", "works". */
const char *kvm_state_name(enum kvm_state s);

/* The host's TSC frequency in kHz, measured (takes 10 ms), or 0 where there is none. */
unsigned long host_tsc_khz(void);

#endif
