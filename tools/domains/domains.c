/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guestutils-domains: what libvirt knows of domains and their disks, as JSON, for the tools' -d.
 *
 *   guestutils-domains URI             all of them
 *   guestutils-domains URI UUID|NAME   that one
 *
 * URI may be "", for libvirt's own choice. It is a program of its own so that only a run with -d
 * pays for libvirt, which is larger than a tool. Output, one object:
 *
 *   {"domains": [{"name", "uuid", "running", "saved", "disks": [DISK, ...]}, ...]}
 *   {"error": WORDS, "connected": BOOLEAN}
 *
 * DISK: {"target", "device", "read_only", "format" or null, and "path" for a file or block device;
 * "protocol", "name", "hosts": [{"name", "port", "socket"}], "user", "secret" for a network disk;
 * "refused": WORDS for one of another kind}. Its exit status is 0 with the first, else 1.
 *
 * The XML is libvirt's own (formatdomain in its documentation); it is parsed without network and
 * without entities all the same.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <libxml/parser.h>
#include <libxml/tree.h>

#include "util/cleanup.h"
#include "util/xalloc.h"

static xmlNode *child(const xmlNode *of, const char *name)
{
	for (xmlNode *n = of ? of->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name))
			return n;
	return NULL;
}

/* A string or null. */
static json_t *attribute(const xmlNode *of, const char *name)
{
	xmlChar *s = of ? xmlGetProp(of, (const xmlChar *)name) : NULL;
	json_t *j = s ? json_string((const char *)s) : json_null();

	xmlFree(s);
	return j ? j : json_null();
}

static bool has(const xmlNode *of, const char *name, const char *value)
{
	xmlChar *s = of ? xmlGetProp(of, (const xmlChar *)name) : NULL;
	bool same = s && !strcmp((const char *)s, value);

	xmlFree(s);
	return same;
}

static char *base64(const unsigned char *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *s = xmalloc((n + 2) / 3 * 4 + 1), *to = s;

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = p[i] << 16 | (i + 1 < n ? p[i + 1] << 8 : 0) | (i + 2 < n ? p[i + 2] : 0);

		*to++ = digits[v >> 18];
		*to++ = digits[v >> 12 & 63];
		*to++ = i + 1 < n ? digits[v >> 6 & 63] : '=';
		*to++ = i + 2 < n ? digits[v & 63] : '=';
	}
	*to = '\0';
	return s;
}

/* The secret that <auth> names, as qemu's driver wants it; null with *words where it is not had. */
static json_t *secret_of(virConnectPtr conn, const xmlNode *secret, bool ceph, const char **words)
{
	xmlChar *uuid = xmlGetProp(secret, (const xmlChar *)"uuid");
	xmlChar *usage = xmlGetProp(secret, (const xmlChar *)"usage");
	virSecretPtr s = NULL;
	unsigned char *value;
	json_t *j = NULL;
	size_t n = 0;

	if (uuid)
		s = virSecretLookupByUUIDString(conn, (const char *)uuid);
	else if (usage)
		s = virSecretLookupByUsage(conn,
					   ceph ? VIR_SECRET_USAGE_TYPE_CEPH : VIR_SECRET_USAGE_TYPE_ISCSI,
					   (const char *)usage);
	value = s ? virSecretGetValue(s, &n, 0) : NULL;
	if (value) {
		CLEANUP(free) char *text = ceph ? base64(value, n) : xmemdup0((const char *)value, n);

		j = json_string(text);
		explicit_bzero(text, strlen(text));
		explicit_bzero(value, n);
		free(value);
	}
	if (!j)
		*words = value ? "its secret is no text" : virGetLastErrorMessage();
	if (s)
		virSecretFree(s);
	xmlFree(uuid);
	xmlFree(usage);
	return j ? j : json_null();
}

static void refuse(json_t *disk, const char *words)
{
	json_object_set_new(disk, "refused", json_string(words));
}

static void add_network(virConnectPtr conn, json_t *disk, const xmlNode *source, const xmlNode *auth)
{
	json_t *hosts = json_array();
	const char *words = NULL;

	json_object_set_new(disk, "protocol", attribute(source, "protocol"));
	json_object_set_new(disk, "name", attribute(source, "name"));
	json_object_set_new(disk, "query", attribute(source, "query"));
	for (const xmlNode *h = source->children; h; h = h->next)
		if (h->type == XML_ELEMENT_NODE && !strcmp((const char *)h->name, "host"))
			json_array_append_new(hosts, json_pack("{s:o,s:o,s:o}", "name", attribute(h, "name"),
							       "port", attribute(h, "port"), "socket",
							       attribute(h, "socket")));
	json_object_set_new(disk, "hosts", hosts);
	/* Older XML has it beside the source. */
	if (child(source, "auth"))
		auth = child(source, "auth");
	if (!auth)
		return;
	json_object_set_new(disk, "user", attribute(auth, "username"));
	if (child(auth, "secret"))
		json_object_set_new(disk, "secret",
				    secret_of(conn, child(auth, "secret"),
					      has(source, "protocol", "rbd"), &words));
	if (words)
		refuse(disk, words);
}

/* A volume of a pool, by the path that the pool has it at. */
static void add_volume(virConnectPtr conn, json_t *disk, const xmlNode *source)
{
	xmlChar *pool_name = xmlGetProp(source, (const xmlChar *)"pool");
	xmlChar *name = xmlGetProp(source, (const xmlChar *)"volume");
	virStoragePoolPtr pool = pool_name ? virStoragePoolLookupByName(conn, (char *)pool_name) : NULL;
	virStorageVolPtr v = pool && name ? virStorageVolLookupByName(pool, (char *)name) : NULL;
	char *path = v ? virStorageVolGetPath(v) : NULL;
	virStorageVolInfo info;

	if (!path || virStorageVolGetInfo(v, &info) < 0)
		refuse(disk, virGetLastErrorMessage());
	else if (info.type != VIR_STORAGE_VOL_FILE && info.type != VIR_STORAGE_VOL_BLOCK)
		refuse(disk, "its volume is neither a file nor a block device");
	else
		json_object_set_new(disk, "path", json_string(path));
	free(path);
	if (v)
		virStorageVolFree(v);
	if (pool)
		virStoragePoolFree(pool);
	xmlFree(pool_name);
	xmlFree(name);
}

/* One disk; NULL for one without a medium. */
static json_t *disk_of(virConnectPtr conn, const xmlNode *n)
{
	const xmlNode *source = child(n, "source");
	json_t *disk, *path;

	if (!source)
		return NULL;
	path = has(n, "type", "block") ? attribute(source, "dev") :
	       has(n, "type", "file")  ? attribute(source, "file") :
					 json_null();
	if (json_is_null(path) && (has(n, "type", "file") || has(n, "type", "block"))) {
		json_decref(path);
		return NULL;
	}
	disk = json_object();
	json_object_set_new(disk, "target", attribute(child(n, "target"), "dev"));
	json_object_set_new(disk, "device", attribute(n, "device"));
	json_object_set_new(disk, "format", attribute(child(n, "driver"), "type"));
	json_object_set_new(disk, "read_only", json_boolean(child(n, "readonly") != NULL));
	json_object_set_new(disk, "path", path);
	if (has(n, "type", "network"))
		add_network(conn, disk, source, child(n, "auth"));
	else if (has(n, "type", "volume"))
		add_volume(conn, disk, source);
	else if (json_is_null(path))
		refuse(disk, "it is neither a file, a block device, a volume nor on the network");
	return disk;
}

/* All disks in the order of the XML, which is that of their names; NULL: it is no XML. */
static json_t *disks_of(virConnectPtr conn, const char *xml)
{
	xmlDoc *doc = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL,
				    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	const xmlNode *devices = doc ? child(xmlDocGetRootElement(doc), "devices") : NULL;
	json_t *disks = doc ? json_array() : NULL;

	for (const xmlNode *n = devices ? devices->children : NULL; n; n = n->next) {
		json_t *disk = n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, "disk")
				       ? disk_of(conn, n)
				       : NULL;
		if (disk)
			json_array_append_new(disks, disk);
	}
	xmlFreeDoc(doc);
	return disks;
}

/* NULL with libvirt's error set. */
static json_t *domain_of(virConnectPtr conn, virDomainPtr d)
{
	char uuid[VIR_UUID_STRING_BUFLEN];
	CLEANUP(free) char *xml = virDomainGetXMLDesc(d, 0);
	json_t *disks = xml ? disks_of(conn, xml) : NULL;
	int state, saved = virDomainHasManagedSaveImage(d, 0);

	if (!disks || virDomainGetUUIDString(d, uuid) < 0 || virDomainGetState(d, &state, NULL, 0) < 0) {
		json_decref(disks);
		return NULL;
	}
	return json_pack("{s:s,s:s,s:b,s:b,s:o}", "name", virDomainGetName(d), "uuid", uuid, "running",
			 state != VIR_DOMAIN_SHUTOFF && state != VIR_DOMAIN_CRASHED, "saved", saved > 0,
			 "disks", disks);
}

static virDomainPtr find(virConnectPtr conn, const char *name)
{
	virDomainPtr d = virDomainLookupByUUIDString(conn, name);

	return d ? d : virDomainLookupByName(conn, name);
}

/* A list of one or all; NULL with libvirt's error set. */
static json_t *list(virConnectPtr conn, const char *name)
{
	json_t *all = json_array(), *one = NULL;
	virDomainPtr *v = NULL, d = NULL;
	int n = 1;

	if (name)
		d = find(conn, name);
	else
		n = virConnectListAllDomains(conn, &v, 0);
	for (int i = 0; all && i < n; i++) {
		virDomainPtr this = name ? d : v[i];

		one = this ? domain_of(conn, this) : NULL;
		if (this)
			virDomainFree(this);
		if (one) {
			json_array_append_new(all, one);
		} else {
			json_decref(all);
			all = NULL;
		}
	}
	free(v);
	if (n < 0) {
		json_decref(all);
		all = NULL;
	}
	return all;
}

static void quiet(void *ctx, virErrorPtr e)
{
	(void)ctx;
	(void)e;
}

int main(int argc, char **argv)
{
	json_t *out, *all = NULL;
	virConnectPtr conn;

	if (argc < 2 || argc > 3)
		return 2;
	virSetErrorFunc(NULL, quiet);
	/* Not read-only: then no secret would be told. What may not have that gets less. */
	conn = virConnectOpenAuth(*argv[1] ? argv[1] : NULL, virConnectAuthPtrDefault, 0);
	if (!conn)
		conn = virConnectOpenAuth(*argv[1] ? argv[1] : NULL, virConnectAuthPtrDefault,
					  VIR_CONNECT_RO);
	if (conn)
		all = list(conn, argv[2]);
	out = all ? json_pack("{s:o}", "domains", all)
		  : json_pack("{s:s,s:b}", "error", virGetLastErrorMessage(), "connected", conn != NULL);
	json_dumpf(out, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(out);
	if (conn)
		virConnectClose(conn);
	return all && fflush(stdout) == 0 ? 0 : 1;
}
