/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See win_facts.h: one row a value. */
#include "win_facts.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"
#include "util/cleanup.h"
#include "util/xalloc.h"
#include "win_hive.h"

#define CURRENT "Microsoft\\Windows NT\\CurrentVersion"
#define HISTORY "Microsoft\\Windows\\CurrentVersion\\Group Policy\\History"

static const struct {
	const char *value;
	bool number;
} current[] = {
	[FACT_PRODUCT] = { "ProductName", false },
	[FACT_VARIANT] = { "InstallationType", false },
	[FACT_BUILD] = { "CurrentBuildNumber", false },
	[FACT_OLD_BUILD] = { "CurrentBuild", false },
	[FACT_VERSION] = { "CurrentVersion", false },
	[FACT_MAJOR] = { "CurrentMajorVersionNumber", true },
	[FACT_MINOR] = { "CurrentMinorVersionNumber", true },
	[FACT_SYSTEMROOT] = { "SystemRoot", false },
};

/* Where a Windows may have its name, the running control set's keys; the first that is there. */
static const struct {
	const char *key, *value;
} hostnames[] = {
	{ "Services\\Tcpip\\Parameters", "Hostname" },
	{ "Services\\Tcpip\\Parameters", "NV Hostname" },
	{ "Control\\ComputerName\\ComputerName", "ComputerName" },
};

static bool xdr_strs(XDR *x, void *v)
{
	return wire_xdr_strs(x, v);
}

void win_facts_release(wire_strs *v)
{
	for (uint32_t i = 0; i < v->n; i++)
		free(v->v[i]);
	free(v->v);
	*v = (wire_strs){ 0, NULL };
}

/* A number in decimal, or "". */
static char *number_text(hive_h *h, hive_node_h key, const char *name)
{
	uint32_t n;

	return hive_number(h, key, name, &n) ? xasprintf("%u", (unsigned)n) : xstrdup("");
}

/* "{31B2F340-016D-11D2-945F-00C04FB984F9}", of which a policy's key has its name. */
static bool is_guid(const char *s)
{
	size_t n = strspn(s + (*s == '{'), "0123456789abcdefABCDEF-");

	return *s == '{' && n && s[1 + n] == '}' && !s[2 + n];
}

/* Has a policy ever been applied? */
static bool has_policy(hive_h *h)
{
	hive_node_h key = hive_key(h, 0, HISTORY);
	CLEANUP(free) hive_node_h *v = key ? hivex_node_children(h, key) : NULL;

	for (size_t i = 0; v && v[i]; i++) {
		CLEANUP(free) char *name = hive_name(h, v[i]);

		if (name && is_guid(name))
			return true;
	}
	return false;
}

/* In the child. */
static int read_software(const char *file, struct child_out *out, struct err *e)
{
	hive_h *h = hive_open(file, e);
	char *v[FACTS_SOFTWARE];
	const wire_strs all = { FACTS_SOFTWARE, v };
	hive_node_h key;

	if (!h)
		return -1;
	key = hive_key(h, 0, CURRENT);
	for (size_t i = 0; i < ARRAY_SIZE(current); i++)
		v[i] = current[i].number ? number_text(h, key, current[i].value)
					 : hive_text(h, key, current[i].value);
	v[FACT_POLICY] = xstrdup(has_policy(h) ? "1" : "");
	v[FACT_PE] = xstrdup(key && hive_key(h, key, "WinPE") ? "1" : "");
	return child_say(out, xdr_strs, &all, e);
}

/* The control set that it starts with, or "". */
static char *control_set(hive_h *h)
{
	hive_node_h select = hive_key(h, 0, "Select");
	uint32_t n;

	if (select && hive_number(h, select, "Current", &n))
		return xasprintf("ControlSet%03u", (unsigned)n);
	return xstrdup(hive_key(h, 0, "ControlSet001") ? "ControlSet001" : "");
}

/* In the child. */
static int read_system(const char *file, struct child_out *out, struct err *e)
{
	hive_h *h = hive_open(file, e);
	char *v[FACTS_SYSTEM];
	const wire_strs all = { FACTS_SYSTEM, v };
	hive_node_h set;

	if (!h)
		return -1;
	v[FACT_CONTROL_SET] = control_set(h);
	v[FACT_HOSTNAME] = xstrdup("");
	set = *v[FACT_CONTROL_SET] ? hive_key(h, 0, v[FACT_CONTROL_SET]) : 0;
	for (size_t i = 0; set && i < ARRAY_SIZE(hostnames) && !*v[FACT_HOSTNAME]; i++) {
		hive_node_h key = hive_key(h, set, hostnames[i].key);

		free(v[FACT_HOSTNAME]);
		v[FACT_HOSTNAME] = hive_text(h, key, hostnames[i].value);
	}
	return child_say(out, xdr_strs, &all, e);
}

/* Takes the child's one record, which has to have that many strings. */
static int take(const struct buf *answer, uint32_t n, wire_strs *ret, struct err *e)
{
	wire_strs v = { 0, NULL };

	if (frame_decode(answer->data ? answer->data : "", answer->len, xdr_strs, &v, "registry",
			 e) < 0)
		return -1;
	if (v.n != n) {
		win_facts_release(&v);
		return err_set(e, EPROTO, "what was read of the registry makes no sense");
	}
	*ret = v;
	return 0;
}

int win_facts_software(int root, const char *systemroot, wire_strs *ret, struct err *e)
{
	CLEANUP(buf_release) struct buf answer = BUF_INIT;

	if (hive_run(root, systemroot, "SOFTWARE", read_software, &answer, e) < 0)
		return -1;
	return take(&answer, FACTS_SOFTWARE, ret, e);
}

int win_facts_system(int root, const char *systemroot, wire_strs *ret, struct err *e)
{
	CLEANUP(buf_release) struct buf answer = BUF_INIT;

	if (hive_run(root, systemroot, "SYSTEM", read_system, &answer, e) < 0)
		return -1;
	return take(&answer, FACTS_SYSTEM, ret, e);
}
