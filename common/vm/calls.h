/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The typed stubs: call_NAME(session, &args, &ret, &err), and for stream calls
 * call_NAME(session, &args, &ret, &stream, &err). One each row of calls.def.
 */
#ifndef VM_CALLS_H
#define VM_CALLS_H

#include "vm/session.h"

#define PROC(name, policy, args, rets, doc)                                                  \
	__attribute__((warn_unused_result)) static inline int call_##name(                   \
		struct session *s, const struct name##_args *a, struct name##_ret *r,        \
		struct err *e)                                                               \
	{                                                                                    \
		return session_call(s, PROC_##name, a, r, NULL, e);                          \
	}                                                                                    \
	static inline void name##_ret_release_p(struct name##_ret *r)                        \
	{                                                                                    \
		proto_free(&procs[PROC_##name].ret, r);                                      \
	}
#define PROC_OUT(name, policy, args, rets, doc)                                              \
	__attribute__((warn_unused_result)) static inline int call_##name(                   \
		struct session *s, const struct name##_args *a, struct name##_ret *r,        \
		const struct stream *io, struct err *e)                                      \
	{                                                                                    \
		return session_call(s, PROC_##name, a, r, io, e);                            \
	}                                                                                    \
	static inline void name##_ret_release_p(struct name##_ret *r)                        \
	{                                                                                    \
		proto_free(&procs[PROC_##name].ret, r);                                      \
	}
#define PROC_IN PROC_OUT
#include "proto/calls.def"
#undef PROC
#undef PROC_OUT
#undef PROC_IN

#endif
