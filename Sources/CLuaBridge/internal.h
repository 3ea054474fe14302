// What the bridge's own files share.

#ifndef CLUABRIDGE_INTERNAL_H
#define CLUABRIDGE_INTERNAL_H

#include "CLuaBridge.h"

// Keys of the registry: the addresses are the keys, the values mean nothing.
extern const char bridge_key_privileged;  // globals of trusted code
extern const char bridge_key_anchors;     // light userdata of a task's coroutine -> coroutine
extern const char bridge_key_errors;      // error table (weak) -> kind
extern const char bridge_key_classes;     // class name -> metatable
extern const char bridge_key_tracebacks;  // light userdata of a failed task's coroutine -> traceback

// Pushes the values of the outbox; returns how many. May raise.
int bridge_push_outbox(lua_State *L, bridge_context *context);

// Pushes the outbox's fields as a host error with a traceback and raises it.
int bridge_raise_outbox(lua_State *L, bridge_context *context);

// A coroutine that a wait passes through, a task's base included, can't be resumed or closed by the script. The mark is
// the low bit of the extra space, beside the context's address.
#define BRIDGE_PASSED_BY_WAIT ((uintptr_t)1)

static inline bool bridge_is_passed_by_wait(lua_State *L) {
    return (*(uintptr_t *)lua_getextraspace(L) & BRIDGE_PASSED_BY_WAIT) != 0;
}

static inline void bridge_mark_passed_by_wait(lua_State *L, bool passed) {
    uintptr_t *space = lua_getextraspace(L);
    *space = passed ? *space | BRIDGE_PASSED_BY_WAIT : *space & ~BRIDGE_PASSED_BY_WAIT;
}

// What a task's coroutine runs: the function below it on the stack, protected, so that closing handlers run when it fails.
int bridge_run_body(lua_State *L);

// Suspends the task; the continuation finds what `resumption` says.
int bridge_wait(lua_State *L, bridge_context *context);

// Ends a wait: pushes or raises what `resumption` says.
int bridge_end_wait(lua_State *L, bridge_context *context);

// Raises the error for a host call that would have to wait where that is impossible.
int bridge_refuse_wait(lua_State *L);

// The hook is armed again at every switch: a coroutine that was not running when the kill came has none.
void bridge_arm_if_killed(bridge_context *context, lua_State *L);

// The universe ends: a late signal must not find it.
void bridge_forget_thread(bridge_context *context);

// Resumes `coroutine` with the interrupt following it there and back.
int bridge_switch_to(bridge_context *context, lua_State *coroutine, lua_State *from, int argument_count, int *results);

// Push a library table.
void bridge_push_coroutine_library(lua_State *L);
void bridge_push_task_library(lua_State *L);

// Builds the script's globals and the privileged ones.
void bridge_open_globals(lua_State *L);

#endif
