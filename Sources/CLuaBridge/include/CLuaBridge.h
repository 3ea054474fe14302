// The C side of the boundary between Swift and Lua.
//
// One rule shapes it: a Lua error is a longjmp, and no Swift frame may ever be jumped over. So Swift calls only
// functions that can't raise, and is called only from C that raises and yields after Swift has returned. Values travel
// from Swift to Lua as a flat byte stream in the context's outbox, which C turns into Lua values once no Swift frame is
// left on the stack.

#ifndef CLUABRIDGE_H
#define CLUABRIDGE_H

#include "arena.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// What a host function wants to happen after it returned.
typedef enum bridge_verdict : int32_t {
    BRIDGE_RETURN = 0,  // the outbox holds the results
    BRIDGE_RAISE = 1,   // the outbox holds the fields of an error table
    BRIDGE_WAIT = 2,    // suspend the whole task; the host resumes it later
    BRIDGE_REFUSE = 3,  // raise that a call can't wait here
} bridge_verdict;

// What a suspended task finds when it goes on.
typedef enum bridge_resumption : int32_t {
    BRIDGE_RESULTS = 0,       // the outbox holds the results of the host call
    BRIDGE_ERROR = 1,         // the outbox holds the fields of an error table
    BRIDGE_JOINED = 2,        // the stack of `joined` holds the results of the awaited task
    BRIDGE_JOINED_ERROR = 3,  // the top of `joined` is the error that ended the awaited task
} bridge_resumption;

// How a task stands after it ran for a while.
typedef enum bridge_outcome : int32_t {
    BRIDGE_FINISHED = 0,  // its results are all that is on its stack
    BRIDGE_WAITING = 1,   // it waits for the host
    BRIDGE_FAILED = 2,    // the error is on top of its stack
    BRIDGE_LEFT = 3,      // it could not be ended in any other way: the universe is lost
} bridge_outcome;

// Why a script is to end. The numbers from BRIDGE_TIME_LIMIT on are the host's own limits.
typedef enum bridge_cause : int32_t {
    BRIDGE_GOES_ON = 0,
    BRIDGE_STOPPED = 1,  // the host wants it
    BRIDGE_CPU_LIMIT = 2,
    BRIDGE_MEMORY_LIMIT = 3,
    BRIDGE_SOURCE_LIMIT = 4,
    BRIDGE_COROUTINE_LIMIT = 5,
    BRIDGE_CALL_LIMIT = 6,
    BRIDGE_OUTPUT_LIMIT = 7,
    BRIDGE_TIME_LIMIT = 8,
} bridge_cause;

// What a universe is opened with. A limit of 0 is none.
typedef struct bridge_configuration {
    size_t memory_limit;  // bytes that a script may hold beyond what the universe itself does
    size_t source_limit;  // bytes of one chunk, `load`'s included
    int64_t coroutine_limit;
    uint64_t seed;   // of math.random
    int32_t signal;  // what interrupts the Lua thread; 0: a standing hook does
    bool covers_lines;  // notes which lines of chunks with a file's name run
} bridge_configuration;

// The lines of a chunk that can run, and that did.
typedef struct bridge_covered_chunk bridge_covered_chunk;

// A growing byte buffer.
typedef struct bridge_buffer {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
} bridge_buffer;

// What the host does when a script works with tasks. None of these may raise.
typedef struct bridge_task_callbacks {
    // A task was made; its function and `argument_count` arguments are on the stack of `coroutine`. Returns its id, or 0
    // with an error in the outbox.
    int64_t (*spawned)(void *host, lua_State *coroutine, int32_t argument_count, int64_t group, int64_t ordinal);
    // The running task wants the results of `task`: BRIDGE_WAIT, or BRIDGE_RETURN where `resumption` is set already.
    bridge_verdict (*await)(void *host, int64_t task);
    void (*cancel)(void *host, int64_t task);
    // 0 running, 1 done, 2 failed, 3 cancelled.
    int32_t (*status)(void *host, int64_t task);
    // No handle of `task` is left.
    void (*forget)(void *host, int64_t task);
    int64_t (*make_group)(void *host);
    // The running task wants the next of the group's tasks that ends: results (ordinal) as a host call's.
    bridge_verdict (*next_of_group)(void *host, int64_t group);
    // Sets `count` child ordinals of the running task aside and returns the one before the first.
    int64_t (*reserve)(void *host, int64_t count);
    // Whoever waits for the next of the group learns of an ordinal 0, as if a task had ended.
    void (*signal)(void *host, int64_t group);
    // The running task leaves what a cancellation spares: BRIDGE_RAISE, with the error in the outbox, if one was spared there,
    // unless another error is being raised.
    bridge_verdict (*leave_shield)(void *host, bool has_failed);
    // When the running task ends, the privileged function `run_deferred` is to be called in a last child of it. False, with
    // an error in the outbox, where tasks are nested too deeply for that.
    bool (*defer)(void *host);
} bridge_task_callbacks;

// Everything that belongs to one Lua universe. Used on its Lua thread only, but for the atomics and bridge_end.
typedef struct bridge_context {
    lua_State *main;
    void *host;
    bridge_task_callbacks tasks;
    bridge_configuration configuration;

    lua_State *task;              // base coroutine of the task that runs
    lua_State *volatile running;  // coroutine that runs: the task's base, or one that the script made
    bool has_body_failed;         // the task's function ended with an error, which is on top of its stack
    bool waiting;                 // a host call asked to wait: every coroutine down to the base yields
    int32_t unyieldable;          // C frames on the way to the base that can't be yielded through
    int32_t shields;              // coroutines on the way to the base that run what a cancellation spares
    bool is_closing;              // the task catches no error any more, but in what a cancellation spares

    bridge_buffer outbox;
    bridge_resumption resumption;
    lua_State *joined;

    size_t memory_used;     // what the host holds for the script included
    size_t memory_held;     // by the host
    size_t memory_limit;    // 0: none
    size_t memory_ceiling;  // beyond it the hook collects
    size_t string_ceiling;  // no single string may be larger
    size_t arena_ceiling;   // what blocks and the holes between them may take
    volatile bool has_excess;
    bool has_overflowed;  // a stack overflow was raised for it, and there is too much still
    arena arena;
    uint64_t last_serial;
    int64_t coroutines;  // that exist, tasks' included, the main one not
    bridge_covered_chunk *covered;
    bool knows_hash_sizes;  // of tables
    bool has_forms;         // of tables: any was noted
    struct bridge_traversals *traversals;  // by `next`, that are under way

    const void *generator;  // of random numbers, as it is now, and as the seed made it
    size_t generator_size;
    uint8_t generator_at_start[64];
    bool has_own_seed;   // the script has seeded it with numbers
    bool draws_numbers;  // and had drawn before, or asked for chance

    _Atomic int32_t end;  // bridge_cause
    char *end_traceback;
    bool has_end_traceback;
    volatile uint64_t cpu_deadline;  // of the thread's CPU time, in nanoseconds; 0: none
#ifdef __linux__
    timer_t cpu_timer;
#endif
    bool has_cpu_timer;

    sigjmp_buf way_out;         // to where liblua was entered, while is_inside
    volatile bool is_inside;
    volatile bool is_critical;  // code runs that may not be jumped out of, such as Swift
    volatile uint64_t leave_at;  // of the thread's CPU time: when a script that is ending is overdue; 0: not ending
    bool is_abandoned;           // the Lua state is not to be touched any more

    pthread_t thread;  // set once, before has_thread
    char *stack_end;
    _Atomic bool has_thread;
} bridge_context;

// Called for a host function; `function` is what was registered. Must not raise.
typedef bridge_verdict (*bridge_host_call)(void *function, lua_State *L);

// MARK: Life

// A fresh universe with the sandbox's globals, or NULL when there is no memory for it.
bridge_context *bridge_open(void *host, bridge_task_callbacks tasks, bridge_configuration configuration);

// The chunks that are covered, one after the other, the first after NULL; NULL after the last.
const bridge_covered_chunk *bridge_next_covered(const bridge_context *context, const bridge_covered_chunk *chunk);
const char *bridge_covered_name(const bridge_covered_chunk *chunk);
size_t bridge_covered_count(const bridge_covered_chunk *chunk);  // its lines are below that
bool bridge_can_run(const bridge_covered_chunk *chunk, size_t line);
bool bridge_did_run(const bridge_covered_chunk *chunk, size_t line);

// Whether a script drew random numbers that follow from the configuration's seed.
bool bridge_draws_numbers(const bridge_context *context);

// Ignored unless somebody asks for it, and sent by nothing but out-of-band data on sockets whose owner asked for it.
#define BRIDGE_DEFAULT_SIGNAL SIGURG

// Whether a signal can interrupt the thread by the CPU time that it used.
bool bridge_can_use_signals(void);

// Ends the universe. Returns the bytes that it still held: 0, or something leaked.
size_t bridge_close(bridge_context *context);

static inline bridge_context *bridge_context_of(lua_State *L) {
    // The low bits of the extra space are marks of this coroutine.
    return (bridge_context *)(*(uintptr_t *)lua_getextraspace(L) & ~(uintptr_t)3);
}

// MARK: Setting up (each runs protected; false: the error message is on top of the main stack)

// Sets `path` ("vmm.list") among the script's globals, or among the privileged ones, to a host function.
bool bridge_define(bridge_context *context, const char *path, bool privileged, bridge_host_call call, void *function);

// Runs trusted Lua source whose globals are the privileged ones: all libraries and `script`, the script's globals.
bool bridge_run_trusted(bridge_context *context, const char *source, size_t length, const char *chunk_name);

// Loads a script as a new task. On success the coroutine's stack holds the function.
bool bridge_load(
    bridge_context *context, const char *source, size_t length, const char *chunk_name, lua_State **coroutine);

// Like bridge_load, but the task calls a privileged function of that name with the outbox's values as its arguments.
bool bridge_prepare_call(bridge_context *context, const char *privileged_name, lua_State **coroutine);

// Like bridge_prepare_call, for `run_deferred(task, failed, error)` of a task that ended.
bool bridge_prepare_deferred(bridge_context *context, lua_State *ended, bool has_failed, lua_State **coroutine);

// Pushes the outbox's values onto a loaded task's stack, as its arguments.
bool bridge_push_arguments(bridge_context *context, lua_State *coroutine);

// MARK: Running

// Runs a task until it waits or ends. `argument_count` counts at its start; later `resumption` says what it finds.
bridge_outcome bridge_resume(bridge_context *context, lua_State *coroutine, int32_t argument_count);

// Lets a finished task go; its results live on only where a handle of it does.
void bridge_release(bridge_context *context, lua_State *coroutine);

// Makes a coroutine that gives the text of the error on top of `failed`, for bridge_resume with one argument: the text may be
// for a metamethod of the script's to say, so that runs as any other code of it does.
bool bridge_prepare_error_text(bridge_context *context, lua_State *failed, lua_State **coroutine);

// Moves the error on top of `from` to be all that is on the stack of `to`.
void bridge_adopt_error(lua_State *from, lua_State *to);

// Pushes a traceback of a failed coroutine onto the main stack, protected; false leaves a message there instead.
bool bridge_traceback(bridge_context *context, lua_State *coroutine);

// Where a coroutine that doesn't run is in a script's file, the innermost such place; false if it is in none. It needs no
// memory, so it works in a script that is being ended; `chunk` is good for as long as the function that it names.
bool bridge_script_position(lua_State *coroutine, const char **chunk, int32_t *line);

// The kind of an error that the host raised, or NULL for any other value: a script can't forge it.
const char *bridge_error_kind(lua_State *L, int index);

// Ends what the script does: none of its code runs any more. From any thread; the first cause stays.
void bridge_end(bridge_context *context, bridge_cause cause);

bridge_cause bridge_cause_of_end(bridge_context *context);

// Lets new tasks run again after an end, for a session whose user stopped one expression.
void bridge_revive(bridge_context *context);

// Makes the calling thread the one that bridge_end interrupts.
void bridge_use_this_thread(bridge_context *context);

// From here on memory counts. What the universe holds by now is not the script's.
void bridge_start_memory_limit(bridge_context *context);

// So many bytes more, or less, that the host holds for the script count as the script's. On the Lua thread only.
void bridge_charge(bridge_context *context, int64_t bytes);

// Lets the calling thread, which is the Lua thread, use that much CPU time from here on; 0: any. False if the system
// has no timer for it.
bool bridge_start_cpu_limit(bridge_context *context, uint64_t nanoseconds);
void bridge_stop_cpu_limit(bridge_context *context);

// Runs `body` on a new thread with a stack of so many bytes, whole pages; returns 0, or an errno if there is none.
int bridge_start_thread(size_t stack_size, void (*body)(void *argument), void *argument);

// What tells one running thread from another.
static inline uintptr_t bridge_this_thread(void) { return (uintptr_t)pthread_self(); }

// Whether a host call can wait where the script now is.
static inline bool bridge_can_wait(lua_State *L) {
    return bridge_context_of(L)->unyieldable == 0 && lua_isyieldable(L);
}

// Whether what runs now is to end: for loops of the host whose length the script chose.
bool bridge_should_end(lua_State *L);

// MARK: Reading arguments (none raises)

// Pushes the table that holds a record's fields; false, and nothing is pushed, for any other value.
bool bridge_push_fields(lua_State *L, int index);

static inline bool bridge_is_integer(lua_State *L, int index) { return lua_isinteger(L, index); }
static inline int64_t bridge_integer(lua_State *L, int index) { return lua_tointegerx(L, index, NULL); }
static inline const char *bridge_type_name(lua_State *L, int index) { return lua_typename(L, lua_type(L, index)); }
static inline void bridge_pop(lua_State *L, int count) { lua_settop(L, -count - 1); }

typedef struct bridge_whole_number {
    int64_t value;
    bool is_whole;
} bridge_whole_number;

bridge_whole_number bridge_float_to_integer(lua_State *L, int index);

// A float that stands for a whole number counts as one, as in Lua's own functions; a string doesn't.
static inline bridge_whole_number bridge_to_integer(lua_State *L, int index) {
    if (lua_isinteger(L, index)) return (bridge_whole_number){lua_tointegerx(L, index, NULL), true};
    return bridge_float_to_integer(L, index);
}

// MARK: Writing the outbox

typedef enum bridge_tag : uint8_t {
    BRIDGE_NIL = 0,
    BRIDGE_FALSE = 1,
    BRIDGE_TRUE = 2,
    BRIDGE_INTEGER = 3,  // 8 bytes
    BRIDGE_NUMBER = 4,   // 8 bytes
    BRIDGE_STRING = 5,   // 8 bytes length, bytes
    BRIDGE_TABLE = 6,    // 4 bytes number of elements, 4 bytes number of fields, elements, then keys and values
    BRIDGE_CLASS = 7,    // name as a string's body, then a table that gets that class's metatable
    BRIDGE_NULL = 8,     // a light userdata
    BRIDGE_FORM = 9,     // 1 byte bridge_form, then a table that gets it
    BRIDGE_RECORD = 10,  // then a table whose fields can be read, and nothing else
} bridge_tag;

// What an empty table would be in a language that has arrays and objects: noted beside tables, not in them.
typedef enum bridge_form : uint8_t {
    BRIDGE_NO_FORM = 0,
    BRIDGE_ARRAY = 1,
    BRIDGE_OBJECT = 2,
} bridge_form;

// The form that was noted for the table at `index`. Raises nothing; needs two places on the stack.
bridge_form bridge_form_of(lua_State *L, int index);

static inline bool bridge_is_null(lua_State *L, int index) {
    return lua_type(L, index) == LUA_TLIGHTUSERDATA && lua_touserdata(L, index) == NULL;
}

static inline void bridge_outbox_clear(bridge_context *context) { context->outbox.length = 0; }

void bridge_buffer_grow(bridge_buffer *buffer, size_t extra);

static inline void bridge_outbox_append(bridge_context *context, const void *bytes, size_t count) {
    bridge_buffer *outbox = &context->outbox;
    if (count == 0) return;
    if (outbox->capacity - outbox->length < count) bridge_buffer_grow(outbox, count);
    memcpy(outbox->bytes + outbox->length, bytes, count);
    outbox->length += count;
}

static inline void bridge_return_integer(bridge_context *context, int64_t value) {
    bridge_buffer *outbox = &context->outbox;
    if (outbox->capacity < 9) bridge_buffer_grow(outbox, 9);
    outbox->bytes[0] = BRIDGE_INTEGER;
    memcpy(outbox->bytes + 1, &value, 8);
    outbox->length = 9;
}

#endif
