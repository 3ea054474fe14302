// What the bridge's own files share.

#ifndef CLUABRIDGE_INTERNAL_H
#define CLUABRIDGE_INTERNAL_H

#include "CLuaBridge.h"

// Keys of the registry: the addresses are the keys, the values mean nothing.
extern const char bridge_key_privileged;  // globals of trusted code
extern const char bridge_key_anchors;     // light userdata of a task's coroutine -> coroutine
extern const char bridge_key_errors;      // error table (weak) -> kind
extern const char bridge_key_classes;     // class name -> metatable
extern const char bridge_key_forms;       // table (weak) -> bridge_form
extern const char bridge_key_tracebacks;  // light userdata of a failed task's coroutine -> traceback

// Pushes the values of the outbox; returns how many. May raise.
int bridge_push_outbox(lua_State *L, bridge_context *context);

// Makes the table on top of the stack an error of the host's: with a traceback, its class, and its kind on record.
void bridge_make_error(lua_State *L);

// Makes the table on top of the stack a record, where trusted code has said what becomes of other uses of records.
void bridge_seal_record(lua_State *L);

// record(name, read, write): read(record, key) is asked for a field that is not there, write(record, key) raises.
int bridge_define_record(lua_State *L);

// A message handler: an error of Lua's own that comes of a name which is not there becomes a table with a hint.
int bridge_explain(lua_State *L);

// error_text(error): what stock Lua would show of it. A metamethod that fails doesn't hide the error.
int bridge_error_text(lua_State *L);
void bridge_push_error_text(lua_State *L, int index);

// advise(function), watch(libraries): what explains unknown names, and the tables by name whose unknown fields are noted.
int bridge_set_adviser(lua_State *L);
int bridge_watch_libraries(lua_State *L);

// Pushes the outbox's fields as a host error with a traceback and raises it.
int bridge_raise_outbox(lua_State *L, bridge_context *context);

// Notes the form of the table at `index`. May raise; needs three places on the stack.
void bridge_set_form(lua_State *L, int index, bridge_form form);

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

// A coroutine that runs a closing handler, or what was deferred, is shielded: no cancellation is raised while it runs. The
// mark is the coroutine's own, so that one which yields out of a handler takes its shield with it.
#define BRIDGE_SHIELDED ((uintptr_t)2)

static inline bool bridge_is_shielded(lua_State *L) {
    return (*(uintptr_t *)lua_getextraspace(L) & BRIDGE_SHIELDED) != 0;
}

static inline void bridge_mark_shielded(lua_State *L, bool shielded) {
    uintptr_t *space = lua_getextraspace(L);
    *space = shielded ? *space | BRIDGE_SHIELDED : *space & ~BRIDGE_SHIELDED;
}

// Whether the task is being closed where it now is: `pcall` and its kind pass every error on.
static inline bool bridge_is_closing(const bridge_context *context) {
    return context->is_closing && context->shields == 0;
}

// What a task's coroutine runs: the function below it on the stack, protected, so that closing handlers run when it fails.
int bridge_run_body(lua_State *L);

// A coroutine whose body is to be pushed onto it; ends a script that has too many.
lua_State *bridge_new_coroutine(lua_State *L);

// Suspends the task; the continuation finds what `resumption` says.
int bridge_wait(lua_State *L, bridge_context *context);

// Ends a wait: pushes or raises what `resumption` says.
int bridge_end_wait(lua_State *L, bridge_context *context);

// Puts in the place of the function on top of the stack one that calls it shielded, as a closing handler.
void bridge_make_closer(lua_State *L);

// Raises the error for a host call that would have to wait where that is impossible.
int bridge_refuse_wait(lua_State *L);

// The hook is armed again at every switch: a coroutine that was not running when the end came has none.
void bridge_arm_if_needed(bridge_context *context, lua_State *L);

// Leaves the hook that is there when nothing is the matter: none, or the standing one.
void bridge_disarm(bridge_context *context, lua_State *L);

// MARK: Coverage

// The chunk whose function is on top of the stack is covered from now on, if the configuration asks for that and its name
// is a file's.
void bridge_cover_chunk(lua_State *L, const char *name);
void bridge_note_line(lua_State *L, lua_Debug *frame);
void bridge_forget_coverage(bridge_context *context);

// The universe ends: a late signal must not find it.
void bridge_forget_thread(bridge_context *context);

// Resumes `coroutine` with the interrupt following it there and back.
int bridge_switch_to(bridge_context *context, lua_State *coroutine, lua_State *from, int argument_count, int *results);

// MARK: Limits

static inline bool bridge_is_ending(bridge_context *context) {
    return atomic_load_explicit(&context->end, memory_order_relaxed) != BRIDGE_GOES_ON;
}

// Ends the script if its CPU time is used up. Safe in a signal handler.
void bridge_look_at_cpu_time(bridge_context *context);
void bridge_stop_cpu_timer(bridge_context *context);

// Jumps out of liblua to where it was entered, unless it can't be done here. Safe in a signal handler.
void bridge_leave(bridge_context *context);
void bridge_leave_when_overdue(bridge_context *context);

// What is left to do after such a jump.
void bridge_settle_after_leaving(bridge_context *context);

// Code between these two may not be jumped out of: it holds locks, or is Swift. What the first returns is for the second.
static inline bool bridge_begin_critical(bridge_context *context) {
    bool outer = context->is_critical;
    context->is_critical = true;
    atomic_signal_fence(memory_order_seq_cst);
    return outer;
}

static inline void bridge_end_critical(bridge_context *context, bool outer) {
    atomic_signal_fence(memory_order_seq_cst);
    context->is_critical = outer;
}

// A Lua state whose memory the context counts.
lua_State *bridge_new_state(bridge_context *context);

// More memory is used than should be: has the hook see to it.
void bridge_note_excess(bridge_context *context);

// Collects garbage; ends the script if too much is left, or raises where that is a stack's of calls.
void bridge_collect_excess(lua_State *L);

// Bytes of the C stack that are left.
size_t bridge_stack_left(const bridge_context *context);

// What 200 nested C calls of Lua take at most: its own limit on their number holds within a coroutine alone.
#define BRIDGE_STACK_OF_C_CALLS ((size_t)512 << 10)

// Raises if the script is to end now, so that no loop in C outlasts it; collects garbage where there is too much.
void bridge_checkpoint(lua_State *L);

// What a C loop spends from, whose length a script chose. A step is about as much work as a few instructions of Lua.
typedef struct bridge_meter {
    lua_State *L;
    int32_t left;
} bridge_meter;

#define BRIDGE_STEPS_BETWEEN_CHECKPOINTS 4096

static inline bridge_meter bridge_start_meter(lua_State *L) {
    return (bridge_meter){L, BRIDGE_STEPS_BETWEEN_CHECKPOINTS};
}

// May raise, as bridge_checkpoint.
static inline void bridge_spend(bridge_meter *meter, int32_t steps) {
    if (__builtin_expect((meter->left -= steps) < 0, 0)) {
        meter->left = BRIDGE_STEPS_BETWEEN_CHECKPOINTS;
        bridge_checkpoint(meter->L);
    }
}

// Where an error was caught: gives back the stack that a recursion without end has left, so that another may overflow it.
void bridge_settle_overflow(lua_State *L);

// Before memory is asked for whose size a script chose by a number: ends a script for which it would be too much.
void bridge_reserve(lua_State *L, size_t bytes);

// As luaL_tolstring, but without addresses: a value that has no text of its own is named by its type and its serial.
const char *bridge_to_text(lua_State *L, int index, size_t *length);

// The number of an object, in the order of creation, from 1; 0 for a value that is no object.
uint64_t bridge_serial(lua_State *L, int index);

#define BRIDGE_SERIAL_OF_HANDLE ((uint64_t)1 << 60)

// The task whose handle the value is, or 0.
uint64_t bridge_task_of_handle(lua_State *L, int index);

// MARK: Libraries

// Each takes the stock library's table on top of the stack and puts the bounded functions in the place of the stock ones.
void bridge_bound_base_library(lua_State *L);
void bridge_bound_os_library(lua_State *L);
void bridge_bound_string_library(lua_State *L);
void bridge_bound_table_library(lua_State *L);
void bridge_bound_utf8_library(lua_State *L);

// Puts functions into the table on top of the stack. Each is a closure, as those have serials; its one upvalue is the
// function of that name which stood there before, or nil.
void bridge_set_functions(lua_State *L, const luaL_Reg *functions);

// The stock function in whose place the running one stands: called as `return bridge_stock(L)(L)` it runs in the same
// frame, so that its results and messages are liblua's own.
static inline lua_CFunction bridge_stock(lua_State *L) { return lua_tocfunction(L, lua_upvalueindex(1)); }

// Push a library table.
void bridge_push_coroutine_library(lua_State *L);
void bridge_push_task_library(lua_State *L);

// pairs and next, in a defined order. The upvalue of pairs is next.
int bridge_pairs(lua_State *L);
int bridge_next(lua_State *L);
void bridge_open_traversals(lua_State *L);

// Makes math.random and math.randomseed repeatable.
void bridge_seed_random(lua_State *L, uint64_t seed);

// Sets the base functions that are narrowed for scripts, but not for trusted code.
void bridge_set_script_functions(lua_State *L, int script);

// Pushes the chunk that the source is, or a message; returns a status of Lua.
int bridge_load_text(lua_State *L, const char *text, size_t length, const char *chunk_name);

// load(chunk, name, mode, env), for scripts.
int bridge_load_function(lua_State *L);

// Builds the script's globals and the privileged ones.
void bridge_open_globals(lua_State *L, uint64_t seed);

#endif
