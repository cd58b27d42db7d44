/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See remote.h: places by URI, and as qemu's block drivers have them (qemu's QMP reference, BlockdevOptions). */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "util/buf.h"
#include "util/xalloc.h"
#include "vm/remote.h"

#define PROTOCOL_MAX 8

/* What the parts of a place mean to a protocol's driver. */
struct remote_protocol {
	const char *name;
	const char *driver;
	const char *port;  /* by default */
	bool writes;	   /* can it be written through? */
	bool beside;	   /* are its paths those of folders? */
	bool any_host;	   /* no host is one, too */
	bool socket;	   /* a local one, by ?socket= */
	bool secret;	   /* takes user and password */
	bool raw;	   /* the path is for the server as it stands in the URI */
	int (*fill)(const struct remote_spec *s, json_t *node, struct err *e);
};

static void put(json_t *node, const char *key, const char *value)
{
	json_object_set_new(node, key, json_string(value));
}

static const char *port_of(const struct remote_spec *s)
{
	return s->hosts[0].port ? s->hosts[0].port : s->protocol->port;
}

/* {"host": ..., "port": ...} */
static json_t *server_of(const struct remote_host *h, const char *port)
{
	json_t *server = json_object();

	put(server, "host", h->name);
	put(server, "port", port);
	return server;
}

/* "host:port", an address of IPv6 in brackets; without a port that is not told. */
static char *authority_of(const struct remote_spec *s, bool always_port)
{
	const struct remote_host *h = &s->hosts[0];
	const char *port = always_port ? port_of(s) : h->port;
	bool six = h->name && strchr(h->name, ':');

	return xasprintf("%s%s%s%s%s", six ? "[" : "", h->name ? h->name : "", six ? "]" : "",
			 port ? ":" : "", port ? port : "");
}

static int fill_nbd(const struct remote_spec *s, json_t *node, struct err *e)
{
	const struct remote_host *h = &s->hosts[0];
	json_t *server;

	(void)e;
	if (h->socket) {
		server = json_object();
		put(server, "path", h->socket);
	} else {
		server = server_of(h, port_of(s));
	}
	put(server, "type", h->socket ? "unix" : "inet");
	json_object_set_new(node, "server", server);
	if (*s->path)
		put(node, "export", s->path);
	return 0;
}

static int fill_curl(const struct remote_spec *s, json_t *node, struct err *e)
{
	CLEANUP(free) char *host = authority_of(s, false);
	CLEANUP(free) char *url = xasprintf("%s://%s%s", s->protocol->name, host, s->path);

	(void)e;
	put(node, "url", url);
	if (s->user)
		put(node, "username", s->user);
	if (s->secret)
		put(node, "password-secret", "secret");
	return 0;
}

static int fill_ssh(const struct remote_spec *s, json_t *node, struct err *e)
{
	if (s->secret)
		return err_set(e, ENOTSUP,
			       "a password is not taken: ssh asks the agent, or needs a key");
	json_object_set_new(node, "server", server_of(&s->hosts[0], port_of(s)));
	put(node, "path", s->path);
	if (s->user)
		put(node, "user", s->user);
	return 0;
}

static int fill_iscsi(const struct remote_spec *s, json_t *node, struct err *e)
{
	CLEANUP(free) char *portal = authority_of(s, true);
	const char *slash = strrchr(s->path, '/');
	const char *lun = slash ? slash + 1 : "0";
	CLEANUP(free) char *target = xmemdup0(s->path, slash ? (size_t)(slash - s->path) : strlen(s->path));

	if (!*lun || lun[strspn(lun, "0123456789")] || strlen(lun) > 5 || !*target)
		return err_set(e, EINVAL, "after the host come the target's name, a slash, and a "
					  "number (LUN)");
	put(node, "transport", "tcp");
	put(node, "portal", portal);
	put(node, "target", target);
	json_object_set_new(node, "lun", json_integer(strtol(lun, NULL, 10)));
	if (s->user)
		put(node, "user", s->user);
	if (s->secret)
		put(node, "password-secret", "secret");
	return 0;
}

static int fill_rbd(const struct remote_spec *s, json_t *node, struct err *e)
{
	const char *slash = strchr(s->path, '/');
	json_t *servers = json_array();
	CLEANUP(free) char *pool = slash ? xmemdup0(s->path, (size_t)(slash - s->path)) : NULL;

	for (size_t i = 0; i < s->n_hosts; i++)
		if (s->hosts[i].name)
			json_array_append_new(servers,
					      server_of(&s->hosts[i], s->hosts[i].port
									      ? s->hosts[i].port
									      : s->protocol->port));
	if (json_array_size(servers))
		json_object_set(node, "server", servers);
	json_decref(servers);
	if (!pool || !*pool || !slash[1])
		return err_set(e, EINVAL, "a disk of Ceph is named by pool/image");
	put(node, "pool", pool);
	put(node, "image", slash + 1);
	if (s->user)
		put(node, "user", s->user);
	if (s->secret) {
		json_object_set_new(node, "auth-client-required", json_pack("[s,s]", "cephx", "none"));
		put(node, "key-secret", "secret");
	}
	return 0;
}

static const struct remote_protocol protocols[] = {
	{ .name = "ftp", .driver = "ftp", .beside = true, .secret = true, .raw = true, .fill = fill_curl },
	{ .name = "ftps", .driver = "ftps", .beside = true, .secret = true, .raw = true, .fill = fill_curl },
	{ .name = "http", .driver = "http", .beside = true, .secret = true, .raw = true, .fill = fill_curl },
	{ .name = "https", .driver = "https", .beside = true, .secret = true, .raw = true, .fill = fill_curl },
	{ .name = "iscsi", .driver = "iscsi", .port = "3260", .writes = true, .secret = true, .fill = fill_iscsi },
	{ .name = "nbd", .driver = "nbd", .port = "10809", .writes = true, .socket = true, .fill = fill_nbd },
	{ .name = "nbd+unix", .driver = "nbd", .writes = true, .socket = true, .any_host = true, .fill = fill_nbd },
	{ .name = "rbd", .driver = "rbd", .port = "6789", .writes = true, .any_host = true, .secret = true,
	  .fill = fill_rbd },
	{ .name = "ssh", .driver = "ssh", .port = "22", .writes = true, .beside = true, .secret = true,
	  .fill = fill_ssh },
};

const struct remote_protocol *remote_protocol(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		if (!strcmp(protocols[i].name, name))
			return &protocols[i];
	return NULL;
}

bool remote_grows(const struct remote_protocol *p)
{
	return p->writes && p->beside;
}

bool remote_has_folders(const struct remote_protocol *p)
{
	return p->beside;
}

struct remote_host *remote_spec_host(struct remote_spec *s)
{
	s->hosts = xreallocarray(s->hosts, s->n_hosts + 1, sizeof(*s->hosts));
	s->hosts[s->n_hosts] = (struct remote_host){ NULL, NULL, NULL };
	return &s->hosts[s->n_hosts++];
}

void remote_spec_release(struct remote_spec *s)
{
	for (size_t i = 0; i < s->n_hosts; i++) {
		free(s->hosts[i].name);
		free(s->hosts[i].port);
		free(s->hosts[i].socket);
	}
	free(s->hosts);
	free(s->path);
	free(s->user);
	if (s->secret)
		explicit_bzero(s->secret, strlen(s->secret));
	free(s->secret);
	*s = (struct remote_spec){ 0 };
}

bool is_uri(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz+");

	return n > 0 && n <= PROTOCOL_MAX && !strncmp(name + n, "://", 3);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int percent_decode(char *s)
{
	char *to = s;

	for (; *s; s++) {
		int c = (unsigned char)*s;

		if (c == '%') {
			c = hex(s[1]) < 0 || hex(s[2]) < 0 ? 0 : hex(s[1]) << 4 | hex(s[2]);
			if (!c)
				return -1;
			s += 2;
		}
		*to++ = (char)c;
	}
	*to = '\0';
	return 0;
}

/* The USER[:PASSWORD]@ of what is behind "://" ends before this; NULL: there is none. */
static char *user_end(const char *rest)
{
	return memrchr(rest, '@', strcspn(rest, "/?"));
}

void remote_uri_hide(char *uri)
{
	char *rest = strstr(uri, "://") + 3, *at = user_end(rest);
	char *colon = at ? memchr(rest, ':', (size_t)(at - rest)) : NULL;

	if (colon)
		memset(colon + 1, 'x', (size_t)(at - colon - 1));
}

/* A part of a URI, decoded; NULL with *e for one that cannot be. */
static char *part(const char *p, size_t n, struct err *e)
{
	CLEANUP(free) char *s = xmemdup0(p, n);

	if (percent_decode(s) < 0) {
		explicit_bzero(s, n);
		err_set(e, EINVAL, "a %% in a URI is followed by two hexadecimal digits");
		return NULL;
	}
	return TAKE(s);
}

/* USER[:PASSWORD] */
static int take_user(struct remote_spec *s, const char *p, size_t n, struct err *e)
{
	const char *colon = memchr(p, ':', n);

	if (!s->protocol->secret)
		return err_set(e, EINVAL, "%s takes no user", s->protocol->name);
	s->user = part(p, colon ? (size_t)(colon - p) : n, e);
	if (s->user && colon)
		s->secret = part(colon + 1, n - (size_t)(colon + 1 - p), e);
	return s->user && (s->secret || !colon) ? 0 : -1;
}

/* HOST[:PORT] */
static int take_host(struct remote_host *h, const char *p, size_t n, struct err *e)
{
	const char *end = p + n, *colon;

	if (n && *p == '[') {
		const char *close = memchr(p, ']', n);

		if (!close || (close + 1 < end && close[1] != ':'))
			return err_set(e, EINVAL, "an address that starts with [ ends with ]");
		h->name = xmemdup0(p + 1, (size_t)(close - p - 1));
		colon = close + 1 < end ? close + 1 : NULL;
	} else {
		colon = memchr(p, ':', n);
		h->name = part(p, colon ? (size_t)(colon - p) : n, e);
		if (!h->name)
			return -1;
		if (!*h->name) {
			free(h->name);
			h->name = NULL;
		}
	}
	if (!colon || colon + 1 == end)
		return 0;
	h->port = xmemdup0(colon + 1, (size_t)(end - colon - 1));
	if (h->port[strspn(h->port, "0123456789")] || strlen(h->port) > 5)
		return err_set(e, EINVAL, "'%s' is no port", h->port);
	return 0;
}

/* ?socket=PATH */
static int take_query(struct remote_spec *s, const char *query, struct err *e)
{
	struct remote_host *h = &s->hosts[0];

	if (!s->protocol->socket || strncmp(query, "socket=", 7) != 0 || strchr(query, '&'))
		return err_set(e, EINVAL, "'?%s' is nothing that %s knows", query, s->protocol->name);
	if (h->name)
		return err_set(e, EINVAL,
			       "cannot have both a server name and a socket query parameter");
	h->socket = part(query + 7, strlen(query + 7), e);
	return h->socket ? 0 : -1;
}

/* Is everything there that the protocol needs? */
static int check(const struct remote_spec *s, struct err *e)
{
	const struct remote_host *h = &s->hosts[0];

	if (s->protocol->socket && !h->name && !h->socket)
		return err_set(e, EINVAL, "a host is missing, or ?socket=PATH");
	if (!s->protocol->any_host && !h->name && !h->socket)
		return err_set(e, EINVAL, "a host is missing");
	if (!strcmp(s->protocol->name, "rbd") && h->name && !h->port)
		return err_set(e, EINVAL, "the port of the monitor is missing");
	if (!s->protocol->socket && !*s->path)
		return err_set(e, EINVAL, "the path is missing");
	return 0;
}

static int parse(const char *rest, struct remote_spec *s, struct err *e)
{
	const char *at = user_end(rest), *path = rest + strcspn(rest, "/?"), *query = strchr(path, '?');
	const char *host = at ? at + 1 : rest;
	size_t len = query ? (size_t)(query - path) : strlen(path);

	if (at && take_user(s, rest, (size_t)(at - rest), e) < 0)
		return -1;
	if (take_host(remote_spec_host(s), host, (size_t)(path - host), e) < 0)
		return -1;
	if (s->protocol->raw) {
		s->path = xstrdup(path);
	} else {
		/* Only a path of folders begins with the slash. */
		if (len && *path == '/' && !s->protocol->beside)
			path++, len--;
		s->path = part(path, len, e);
		if (!s->path || (query && take_query(s, query + 1, e) < 0))
			return -1;
	}
	return check(s, e);
}

/* All names of protocols. */
static char *list_protocols(void)
{
	struct buf b = BUF_INIT;

	buf_addstr(&b, "file");
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
		buf_addf(&b, ", %s", protocols[i].name);
	return buf_take(&b);
}

int remote_uri_parse(const char *uri, struct remote_spec *ret, struct err *e)
{
	CLEANUP(remote_spec_release) struct remote_spec s = { 0 };
	const char *rest = strstr(uri, "://") + 3;
	CLEANUP(free) char *name = xmemdup0(uri, (size_t)(rest - 3 - uri));
	const char *at = user_end(rest);

	s.protocol = remote_protocol(name);
	if (!s.protocol) {
		CLEANUP(free) char *known = list_protocols();

		return err_set(e, EPROTONOSUPPORT, "unknown protocol '%s'; known are: %s", name, known);
	}
	if (parse(rest, &s, e) < 0)
		return err_ctx(e, "'%s://%s%s'", name, at ? "***" : "", at ? at : rest);
	*ret = s;
	s = (struct remote_spec){ 0 };
	return 0;
}

char *remote_spec_shown(const struct remote_spec *s)
{
	const struct remote_host *h = &s->hosts[0];
	CLEANUP(free) char *host = authority_of(s, false);
	const char *slash = *s->path == '/' ? "" : "/";

	return xasprintf("%s://%s%s%s%s%s", s->protocol->name, host, slash, s->path,
			 h->socket ? "?socket=" : "", h->socket ? h->socket : "");
}

static char *copy(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

void remote_spec_copy(const struct remote_spec *from, struct remote_spec *ret)
{
	*ret = (struct remote_spec){ .protocol = from->protocol,
				     .path = copy(from->path),
				     .user = copy(from->user),
				     .secret = copy(from->secret) };
	for (size_t i = 0; i < from->n_hosts; i++) {
		const struct remote_host *h = &from->hosts[i];

		*remote_spec_host(ret) =
			(struct remote_host){ copy(h->name), copy(h->port), copy(h->socket) };
	}
}

int remote_spec_beside(const struct remote_spec *s, const char *name, struct remote_spec *ret)
{
	const char *slash = strrchr(s->path, '/');

	if (!s->protocol->beside || *name == '/' || !slash || strpbrk(name, ":?#%"))
		return -1;
	remote_spec_copy(s, ret);
	free(ret->path);
	ret->path = xasprintf("%.*s%s", (int)(slash + 1 - s->path), s->path, name);
	return 0;
}

char *remote_spec_node(const struct remote_spec *s, const char *name, bool write, struct err *e)
{
	json_t *node = json_object();
	char *text = NULL;

	put(node, "driver", s->protocol->driver);
	put(node, "node-name", name);
	json_object_set_new(node, "read-only", json_boolean(!write));
	if (write)
		put(node, "discard", "unmap");
	if (write && !s->protocol->writes)
		err_set(e, EROFS, "%s is for reading only", s->protocol->name);
	else if (s->protocol->fill(s, node, e) == 0 && !(text = json_dumps(node, JSON_COMPACT)))
		err_set(e, EINVAL, "the address is not UTF-8");
	json_decref(node);
	return text;
}
