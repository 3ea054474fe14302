// Memory: the serials of objects, and the limit on what a script may hold.
//
// The limit is a soft one. Lua 5.4.4 frees what it still uses when an allocation fails inside an assignment to a table,
// so none does: what goes beyond the limit is granted, and the hook collects garbage before the next instruction or ends
// the script. Refused is only a single string larger than the whole limit, which Lua makes where a failure is harmless.

#include "internal.h"

// Objects with an order of their own carry a prefix. Their blocks lie at 8 modulo 16, all others at 0, as malloc's do.
typedef struct object_prefix {
    uint64_t serial : 56;
    uint64_t type : 8;
} object_prefix;

_Static_assert(sizeof(object_prefix) == 8, "the prefix moves a block by half of malloc's alignment");

static bool has_prefix(const void *block) { return ((uintptr_t)block & 8) != 0; }

static object_prefix *prefix_of(const void *block) { return (object_prefix *)block - 1; }

static bool has_serial(size_t type) { return type == LUA_TTABLE || type == LUA_TFUNCTION || type == LUA_TTHREAD; }

static void release_block(bridge_context *context, void *block, size_t size) {
    if (block == NULL) return;
    context->memory_used -= size;
    if (!has_prefix(block)) return arena_free(&context->arena, block, size);
    if (prefix_of(block)->type == LUA_TTHREAD) context->coroutines--;
    arena_free(&context->arena, prefix_of(block), size + sizeof(object_prefix));
}

static void *new_object(bridge_context *context, size_t type, size_t size) {
    object_prefix *prefix = arena_allocate(&context->arena, size + sizeof *prefix);
    if (prefix == NULL) return NULL;
    prefix->serial = ++context->last_serial;
    prefix->type = (uint8_t)type;
    if (type == LUA_TTHREAD) context->coroutines++;
    return prefix + 1;
}

static void *resize_block(bridge_context *context, void *block, size_t old_size, size_t new_size) {
    if (block == NULL) return arena_allocate(&context->arena, new_size);
    return arena_reallocate(&context->arena, block, old_size, new_size);
}

// Lua must not see that the system has no memory left: the script ends here and now.
static void *fail(bridge_context *context) {
    bridge_end(context, BRIDGE_MEMORY_LIMIT);
    bridge_leave(context);
    return NULL;  // while the universe is set up, where a failure is harmless
}

static void *allocate(void *ud, void *block, size_t old_size, size_t new_size) {
    bridge_context *context = ud;
    size_t type = block == NULL ? old_size : 0;  // Lua passes the type of a new object there
    if (block == NULL) old_size = 0;
    if (type == LUA_TSTRING && new_size > context->string_ceiling) {
        bridge_end(context, BRIDGE_MEMORY_LIMIT);
        return NULL;
    }
    void *fresh = NULL;
    bool outer = bridge_begin_critical(context);
    if (new_size == 0) release_block(context, block, old_size);
    else if (has_serial(type)) fresh = new_object(context, type, new_size);
    else fresh = resize_block(context, block, old_size, new_size);
    bridge_end_critical(context, outer);
    if (new_size == 0) return NULL;
    if (__builtin_expect(fresh == NULL, 0)) return fail(context);
    context->memory_used += new_size - old_size;
    if (__builtin_expect(context->memory_used > context->memory_ceiling, 0)) bridge_note_excess(context);
    if (__builtin_expect(context->arena.touched > context->arena_ceiling, 0)) bridge_end(context, BRIDGE_MEMORY_LIMIT);
    return fresh;
}

lua_State *bridge_new_state(bridge_context *context) {
    context->memory_ceiling = SIZE_MAX;
    context->string_ceiling = SIZE_MAX;
    context->arena_ceiling = SIZE_MAX;
    lua_State *L = lua_newstate(allocate, context);
    context->coroutines = 0;  // the main one doesn't count
    return L;
}

void bridge_start_memory_limit(bridge_context *context) {
    size_t limit = context->configuration.memory_limit;
    if (limit == 0 || context->memory_limit != 0) return;
    size_t base = context->memory_used;
    context->memory_limit = base + limit;
    // Room between a collection and the next: a script that holds nearly all it may would else collect all the time.
    context->memory_ceiling = base + limit + limit / 8;
    context->string_ceiling = limit;
    // A script may leave holes between the blocks that it keeps, but not without end.
    context->arena_ceiling = context->arena.touched + (limit < SIZE_MAX / 4 ? 3 * limit : limit);
}

// About what a level of calls takes: Lua's record of the call, 72 bytes, and its part of the stack with what that has to spare.
#define BYTES_OF_CALL ((size_t)256)
// Nobody calls that deep on purpose.
#define RUNAWAY_CALLS 10000

// Whether what is too much is the stack of a recursion without end, which Lua itself stops at a million slots. What the host holds
// is in what is too much and in no call: the more that is, the deeper the calls must be to be the cause.
static bool is_excess_of_calls(lua_State *L, const bridge_context *context) {
    size_t depth = (context->memory_used - context->memory_limit) / BYTES_OF_CALL;
    lua_Debug frame;
    return depth < LUAI_MAXSTACK && lua_getstack(L, depth < RUNAWAY_CALLS ? RUNAWAY_CALLS : (int)depth, &frame);
}

static int raise_stack_overflow(lua_State *L) {
    lua_Debug frame;
    bool is_in_lua = lua_getstack(L, 0, &frame) && lua_getinfo(L, "l", &frame) && frame.currentline > 0;
    luaL_where(L, is_in_lua ? 0 : 1);
    lua_pushliteral(L, "stack overflow");
    lua_concat(L, 2);
    return lua_error(L);
}

// Whether garbage was all that was too much.
static bool collect(lua_State *L, bridge_context *context) {
    // A collection frees half of the records of calls that a deep recursion has left behind.
    size_t before;
    do {
        before = context->memory_used;
        lua_gc(L, LUA_GCCOLLECT);
    } while (context->memory_used > context->memory_limit && context->memory_used < before - before / 32);
    context->has_excess = false;
    return context->memory_used <= context->memory_limit;
}

void bridge_settle_overflow(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    if (__builtin_expect(!context->has_overflowed, 1) || bridge_is_ending(context)) return;
    context->has_overflowed = !collect(L, context);
}

void bridge_charge(bridge_context *context, int64_t bytes) {
    context->memory_held += (size_t)bytes;
    context->memory_used += (size_t)bytes;
    if (context->memory_used > context->memory_ceiling) bridge_note_excess(context);
}

void bridge_collect_excess(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    if (collect(L, context)) return;
    // One that goes on in the depth where it caught the error, instead of giving the stack back, is ended.
    if (!context->has_overflowed && is_excess_of_calls(L, context)) {
        context->has_overflowed = true;
        raise_stack_overflow(L);
    }
    bridge_end(context, BRIDGE_MEMORY_LIMIT);
}

void bridge_reserve(lua_State *L, size_t bytes) {
    bridge_context *context = bridge_context_of(L);
    size_t limit = context->memory_limit;
    if (limit == 0 || (bytes <= limit && context->memory_used <= limit - bytes)) return;
    lua_gc(L, LUA_GCCOLLECT);
    if (bytes <= limit && context->memory_used <= limit - bytes) return;
    bridge_end(context, BRIDGE_MEMORY_LIMIT);
    bridge_checkpoint(L);
}

uint64_t bridge_serial(lua_State *L, int index) {
    const void *object = lua_topointer(L, index);
    switch (lua_type(L, index)) {
    case LUA_TTABLE: break;
    case LUA_TFUNCTION:
        // A C function without upvalues is no object, but an address.
        if (lua_iscfunction(L, index) && (const void *)lua_tocfunction(L, index) == object) return 0;
        break;
    case LUA_TTHREAD: object = (const char *)object - LUA_EXTRASPACE; break;
    case LUA_TUSERDATA: {
        // Handles have numbers of their own, which come after all others.
        uint64_t task = bridge_task_of_handle(L, index);
        return task == 0 ? 0 : task | BRIDGE_SERIAL_OF_HANDLE;
    }
    default: return 0;
    }
    return prefix_of(object)->serial;
}
