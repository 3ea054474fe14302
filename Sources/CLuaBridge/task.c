// Tasks: coroutines that the host schedules. What `async` is written on.

#include "internal.h"

typedef struct task_handle {
    int64_t task;
} task_handle;

static const char handle_class[] = "vmmlua.task";

static task_handle *check_handle(lua_State *L, int index) { return luaL_checkudata(L, index, handle_class); }

uint64_t bridge_task_of_handle(lua_State *L, int index) {
    const task_handle *handle = luaL_testudata(L, index, handle_class);
    return handle == NULL ? 0 : (uint64_t)handle->task;
}

static void anchor(lua_State *L, lua_State *coroutine, int index) {
    index = lua_absindex(L, index);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_anchors);
    lua_pushvalue(L, index);
    lua_rawsetp(L, -2, coroutine);
    lua_pop(L, 1);
}

// Sets the table's entry to nil and pops the table. The key is looked up first: a new one would allocate, and might raise.
static void forget_key(lua_State *L, lua_State *coroutine) {
    if (lua_rawgetp(L, -1, coroutine) != LUA_TNIL) {
        lua_pushnil(L);
        lua_rawsetp(L, -3, coroutine);
    }
    lua_pop(L, 2);
}

void bridge_release(bridge_context *context, lua_State *coroutine) {
    lua_State *L = context->main;
    if (context->is_abandoned || !lua_checkstack(L, 4)) return;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_anchors);
    forget_key(L, coroutine);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_tracebacks);
    forget_key(L, coroutine);
}

// spawn(group | 0, ordinal | 0, function, ...) -> handle
static int task_spawn(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    int64_t group = lua_tointeger(L, 1);
    int64_t ordinal = lua_tointeger(L, 2);
    int argument_count = lua_gettop(L) - 3;
    task_handle *handle = lua_newuserdatauv(L, sizeof *handle, 1);
    handle->task = 0;
    lua_State *coroutine = bridge_new_coroutine(L);
    anchor(L, coroutine, -1);
    lua_setiuservalue(L, -2, 1);  // the handle keeps the results alive
    luaL_setmetatable(L, handle_class);
    lua_insert(L, 3);
    if (!lua_checkstack(coroutine, argument_count + 2)) return luaL_error(L, "too many arguments");
    lua_pushcfunction(coroutine, bridge_run_body);
    lua_xmove(L, coroutine, argument_count + 1);
    context->outbox.length = 0;
    bool outer = bridge_begin_critical(context);
    handle->task = context->tasks.spawned(context->host, coroutine, argument_count, group, ordinal);
    bridge_end_critical(context, outer);
    if (handle->task == 0) {
        bridge_release(context, coroutine);
        return bridge_raise_outbox(L, context);
    }
    return 1;
}

static int finish_verdict(lua_State *L, bridge_context *context, bridge_verdict verdict) {
    switch (verdict) {
    case BRIDGE_WAIT: return bridge_wait(L, context);
    case BRIDGE_RAISE: return bridge_raise_outbox(L, context);
    case BRIDGE_RETURN: return bridge_end_wait(L, context);
    case BRIDGE_REFUSE: return bridge_refuse_wait(L);
    }
    return 0;
}

// await(handle) -> the function's results
static int task_await(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    task_handle *handle = check_handle(L, 1);
    if (!bridge_can_wait(L)) return bridge_refuse_wait(L);
    context->outbox.length = 0;
    bool outer = bridge_begin_critical(context);
    bridge_verdict verdict = context->tasks.await(context->host, handle->task);
    bridge_end_critical(context, outer);
    return finish_verdict(L, context, verdict);
}

// next(group) -> ordinal of the next task of the group that ended
static int task_next(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    if (!bridge_can_wait(L)) return bridge_refuse_wait(L);
    context->outbox.length = 0;
    int64_t group = lua_tointeger(L, 1);
    bool outer = bridge_begin_critical(context);
    bridge_verdict verdict = context->tasks.next_of_group(context->host, group);
    bridge_end_critical(context, outer);
    return finish_verdict(L, context, verdict);
}

static int task_cancel(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    int64_t task = check_handle(L, 1)->task;
    bool outer = bridge_begin_critical(context);
    context->tasks.cancel(context->host, task);
    bridge_end_critical(context, outer);
    return 0;
}

static int task_status(lua_State *L) {
    static const char *const words[] = {"running", "done", "failed", "cancelled"};
    bridge_context *context = bridge_context_of(L);
    int64_t task = check_handle(L, 1)->task;
    bool outer = bridge_begin_critical(context);
    int32_t status = context->tasks.status(context->host, task);
    bridge_end_critical(context, outer);
    lua_pushstring(L, words[status & 3]);
    return 1;
}

static int task_group(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    bool outer = bridge_begin_critical(context);
    int64_t group = context->tasks.make_group(context->host);
    bridge_end_critical(context, outer);
    lua_pushinteger(L, group);
    return 1;
}

static int task_reserve(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    int64_t count = lua_tointeger(L, 1);
    bool outer = bridge_begin_critical(context);
    int64_t before = context->tasks.reserve(context->host, count);
    bridge_end_critical(context, outer);
    lua_pushinteger(L, before);
    return 1;
}

// signal(group): whoever waits for the group goes on.
static int task_signal(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    int64_t group = lua_tointeger(L, 1);
    bool outer = bridge_begin_critical(context);
    context->tasks.signal(context->host, group);
    bridge_end_critical(context, outer);
    return 0;
}

// closer(function) -> function: a closing handler, which may make calls in a task that was cancelled too.
static int task_closer(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    bridge_make_closer(L);
    return 1;
}

// defer(): run_deferred is to be called when the running task ends.
static int task_defer(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    context->outbox.length = 0;
    bool outer = bridge_begin_critical(context);
    bool is_deferred = context->tasks.defer(context->host);
    bridge_end_critical(context, outer);
    return is_deferred ? 0 : bridge_raise_outbox(L, context);
}

// base() -> the coroutine at the base of the running task: what tells one task from another.
static int task_base(lua_State *L) {
    lua_State *base = bridge_context_of(L)->task;
    if (base == NULL || !lua_checkstack(base, 1)) return luaL_error(L, "no task runs");
    lua_pushthread(base);
    lua_xmove(base, L, base == L ? 0 : 1);
    return 1;
}

// Handles answer to :await(), :cancel() and .status.
static int handle_index(lua_State *L) {
    check_handle(L, 1);
    const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
    if (strcmp(key, "await") == 0) lua_pushcfunction(L, task_await);
    else if (strcmp(key, "cancel") == 0) lua_pushcfunction(L, task_cancel);
    else if (strcmp(key, "status") == 0) return task_status(L);
    else lua_pushnil(L);
    return 1;
}

// call_without_waiting(function, ...): a host call below it can't wait, as lua_call can't be yielded through.
static int call_without_waiting(lua_State *L) {
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

static int handle_collect(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    int64_t task = check_handle(L, 1)->task;
    bool outer = bridge_begin_critical(context);
    context->tasks.forget(context->host, task);
    bridge_end_critical(context, outer);
    return 0;
}

void bridge_push_task_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"spawn", task_spawn},   {"await", task_await},     {"next", task_next},
        {"cancel", task_cancel}, {"group", task_group},     {"reserve", task_reserve},
        {"signal", task_signal}, {"closer", task_closer},   {"defer", task_defer},
        {"base", task_base},     {"without_waiting", call_without_waiting}, {NULL, NULL},
    };
    luaL_newmetatable(L, handle_class);
    lua_pushcfunction(L, handle_index);
    lua_setfield(L, -2, "__index");
    lua_pushcfunction(L, handle_collect);
    lua_setfield(L, -2, "__gc");
    lua_pushliteral(L, "task");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
    luaL_newlib(L, functions);
}
