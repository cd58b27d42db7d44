/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is there KVM, may we use it, and does it work? The last is found out by booting
 * the appliance with it, unless it is remembered from before.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "checks.h"
#include "cli/interrupt.h"
#include "help.h"
#include "util/io.h"
#include "util/xalloc.h"

/* What it means for tools that it cannot be used. */
static const char *effect(const struct doctor *d)
{
	if (d->cli->images.session.accel == SESSION_ACCEL_KVM)
		return "--accel=kvm does not work here";
	return "tools use TCG, about 10 times slower at heavy work";
}

/* Has the processor this flag, with which it can run KVM? */
static bool cpu_has(const char *flag)
{
	CLEANUP(buf_release) struct buf b = BUF_INIT;
	CLEANUP(fd_close) int fd = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
	CLEANUP(free) char *word = xasprintf(" %s ", flag);
	ssize_t n = fd < 0 ? -1 : read_full(fd, buf_room(&b, 16384), 16384);

	if (n <= 0)
		return false;
	b.data[n - 1] = '\0';
	return strstr(b.data, word) != NULL;
}

static bool in_container(void)
{
	return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
}

static void help_absent(struct finding *f)
{
	const char *module = cpu_has("vmx") ? "modprobe kvm_intel" : "modprobe kvm_amd";
	CLEANUP(free) char *load = help_as_root(module);

	if (in_container())
		finding_help(f, "start the container with --device /dev/kvm, if its host has it");
	else if (cpu_has("vmx") || cpu_has("svm"))
		finding_help(f, "%s", load);
	else
		finding_help(f,
			     "nothing has to be done; a processor that can do it has it switched "
			     "off in the firmware, and a virtual machine gets it by nested "
			     "virtualization of its host");
}

/* Is the user a member of the group by the user database, whatever this login has? */
static bool is_member(const struct group *g, const char *user)
{
	for (char **m = g->gr_mem; *m; m++)
		if (!strcmp(*m, user))
			return true;
	return false;
}

/* /dev/kvm is there, and open() says no. */
static void help_not_permitted(struct finding *f, int no)
{
	struct passwd *pw = getpwuid(geteuid());
	const char *user = pw ? pw->pw_name : "";
	struct group *g;
	struct stat st;

	if (stat("/dev/kvm", &st) < 0 || no != EACCES) {
		finding_help(f,
			     "whoever runs this container or service has to allow it the device: "
			     "docker run --device /dev/kvm, systemd's DeviceAllow=/dev/kvm rw");
		return;
	}
	g = getgrgid(st.st_gid);
	if ((st.st_mode & 060) != 060 || st.st_gid == 0)
		finding_help(f, "sudo setfacl -m u:%u:rw /dev/kvm", geteuid());
	else if (!g || !pw)
		finding_help(f, "add the group %u, which owns /dev/kvm: docker run --group-add %u",
			     st.st_gid, st.st_gid);
	else if (is_member(g, user))
		finding_help(f,
			     "log in again, or: newgrp %s (%s is in the group %s, but not in "
			     "this login)",
			     g->gr_name, user, g->gr_name);
	else
		finding_help(f, "sudo usermod -aG %s %s, then log in again", g->gr_name, user);
}

/* The errno of opening it. */
static int kvm_errno(void)
{
	CLEANUP(fd_close) int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	return fd < 0 ? errno : 0;
}

/* Boots with KVM, and keeps the outcome for all tools. */
static int prove(struct doctor *d, double *ret_s, struct err *e)
{
	struct session_options o = d->cli->images.session;
	CLEANUP(session_close) struct session *s = NULL;
	int r;

	o.accel = SESSION_ACCEL_KVM;
	o.no_template = true;
	s = session_new(&o);
	session_on_event(s, report_event, &d->cli->report);
	interrupt_watch(s);
	r = session_launch(s, e);
	interrupt_watch(NULL);
	if (r < 0)
		return -1;
	kvm_remember(d->cachefd, d->qemu, true, "it has booted the appliance");
	*ret_s = session_ready_ms(s) / 1000;
	return 0;
}

static void say_broken(const struct doctor *d, struct finding *f, const char *why,
		       bool remembered)
{
	finding_set(f, FINDING_WARN, "/dev/kvm opens, but does not work; %s", effect(d));
	finding_cause(f, "%s%s", remembered ? "tried before, since this machine booted: " : "",
		      why);
	finding_help(f,
		     "guest-doctor --retry-kvm, once something was changed; where this machine is "
		     "a virtual one, its host has to give it nested virtualization");
}

/* It opens: does it work? */
static void try_it(struct doctor *d, struct finding *f, struct kvm_verdict *v)
{
	struct err e = ERR_INIT;
	double seconds;

	if (!can_launch(d, f))
		return;
	if (prove(d, &seconds, &e) == 0) {
		v->state = KVM_WORKS;
		finding_set(f, FINDING_PASS,
			    "/dev/kvm works: it has booted the appliance in %.1f s", seconds);
		return;
	}
	/* The library has its verdict without the words around it. */
	kvm_look(d->cachefd, d->qemu, v);
	say_broken(d, f, v->state == KVM_BROKEN ? v->why : e.msg, false);
	v->state = KVM_BROKEN;
}

static void judge(struct doctor *d, struct finding *f, struct kvm_verdict *v)
{
	switch (v->state) {
	case KVM_ABSENT:
		finding_set(f, FINDING_WARN, "there is no /dev/kvm; %s", effect(d));
		finding_cause(f,
			      "the processor, the kernel, or who runs this machine does not give "
			      "it KVM");
		help_absent(f);
		break;
	case KVM_NOT_PERMITTED:
		finding_set(f, FINDING_WARN, "/dev/kvm cannot be used; %s", effect(d));
		finding_cause(f, "%s", v->why);
		help_not_permitted(f, kvm_errno());
		break;
	case KVM_BROKEN:
		if (d->retry_kvm)
			try_it(d, f, v);
		else
			say_broken(d, f, v->why, true);
		break;
	case KVM_UNPROVED:
		try_it(d, f, v);
		break;
	case KVM_WORKS:
		if (d->retry_kvm)
			try_it(d, f, v);
		else
			finding_set(f, FINDING_PASS, "/dev/kvm works: %s", v->why);
		break;
	}
}

void check_kvm(struct doctor *d, struct finding *f)
{
	enum session_accel want = d->cli->images.session.accel;
	struct kvm_verdict v;

	if (want == SESSION_ACCEL_TCG) {
		finding_set(f, FINDING_PASS, "not used: --accel=tcg");
		return;
	}
	kvm_look(d->cachefd, d->qemu ? d->qemu : "", &v);
	judge(d, f, &v);
	finding_str(f, "state", kvm_state_name(v.state));
	d->kvm = v.state == KVM_WORKS;
	if (d->kvm || want != SESSION_ACCEL_KVM)
		return;
	d->no_accel = true;
	f->status = FINDING_FAIL;
}
