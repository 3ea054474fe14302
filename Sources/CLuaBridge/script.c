// Scripts: loading, running, and what is left when one failed.

#include "internal.h"

typedef struct script {
    const char *text;
    size_t length;
    const char *chunk_name;
    lua_State *coroutine;
} script;

static lua_State *new_task(lua_State *L) {
    lua_State *coroutine = bridge_new_coroutine(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_anchors);
    lua_pushvalue(L, -2);
    lua_rawsetp(L, -2, coroutine);
    lua_pop(L, 2);
    return coroutine;
}

static int run_trusted_protected(lua_State *L) {
    script *what = lua_touserdata(L, 1);
    if (luaL_loadbufferx(L, what->text, what->length, what->chunk_name, "t") != LUA_OK) return lua_error(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_privileged);
    lua_setupvalue(L, -2, 1);
    lua_call(L, 0, 0);
    return 0;
}

static int load_protected(lua_State *L) {
    script *what = lua_touserdata(L, 1);
    if (bridge_load_text(L, what->text, what->length, what->chunk_name) != LUA_OK) return lua_error(L);
    bridge_cover_chunk(L, what->chunk_name);
    what->coroutine = new_task(L);
    lua_pushcfunction(what->coroutine, bridge_run_body);
    lua_xmove(L, what->coroutine, 1);
    return 0;
}

static int prepare_call_protected(lua_State *L) {
    script *what = lua_touserdata(L, 1);
    what->coroutine = new_task(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_privileged);
    lua_getfield(L, -1, what->chunk_name);
    lua_pushcfunction(what->coroutine, bridge_run_body);
    lua_xmove(L, what->coroutine, 1);
    return 0;
}

typedef struct ended_task {
    lua_State *ended;
    bool has_failed;
    lua_State *coroutine;
} ended_task;

static int prepare_deferred_protected(lua_State *L) {
    ended_task *what = lua_touserdata(L, 1);
    what->coroutine = new_task(L);
    luaL_checkstack(L, 5, NULL);
    if (!lua_checkstack(what->ended, 1)) return luaL_error(L, "too many results");
    lua_pushcfunction(L, bridge_run_body);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_privileged);
    lua_getfield(L, -1, "run_deferred");
    lua_remove(L, -2);
    lua_pushthread(what->ended);
    lua_xmove(what->ended, L, 1);
    lua_pushboolean(L, what->has_failed);
    if (what->has_failed) {
        lua_pushvalue(what->ended, -1);
        lua_xmove(what->ended, L, 1);
    } else {
        lua_pushnil(L);
    }
    lua_xmove(L, what->coroutine, 5);
    return 0;
}

static int prepare_error_text_protected(lua_State *L) {
    ended_task *what = lua_touserdata(L, 1);
    what->coroutine = new_task(L);
    luaL_checkstack(L, 3, NULL);
    if (!lua_checkstack(what->ended, 1)) return luaL_error(L, "too many results");
    lua_pushcfunction(L, bridge_run_body);
    lua_pushcfunction(L, bridge_error_text);
    lua_pushvalue(what->ended, -1);
    lua_xmove(what->ended, L, 1);
    lua_xmove(L, what->coroutine, 3);
    return 0;
}

// MARK: The body of a task

// Keeps the traceback of an error that nobody caught, from before the stack unwinds.
static int note_traceback(lua_State *L) {
    if (bridge_is_ending(bridge_context_of(L))) return 1;
    bridge_explain(L);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_tracebacks);
    luaL_traceback(L, L, NULL, 1);
    lua_rawsetp(L, -2, L);
    lua_pop(L, 1);
    return 1;
}

static int finish_body(lua_State *L, int status, lua_KContext unused) {
    (void)unused;
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - 1;
    bridge_context_of(L)->has_body_failed = true;
    return 1;
}

int bridge_run_body(lua_State *L) {
    lua_pushcfunction(L, note_traceback);
    lua_insert(L, 1);
    return finish_body(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, finish_body), 0);
}

static int push_arguments_protected(lua_State *L) {
    lua_State *coroutine = lua_touserdata(L, 1);
    int count = bridge_push_outbox(L, bridge_context_of(L));
    if (!lua_checkstack(coroutine, count)) return luaL_error(L, "too many arguments");
    lua_xmove(L, coroutine, count);
    return 0;
}

static int traceback_protected(lua_State *L) {
    lua_State *coroutine = lua_touserdata(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_tracebacks);
    if (lua_rawgetp(L, -1, coroutine) == LUA_TNIL) luaL_traceback(L, coroutine, NULL, 0);
    return 1;
}

// `argument` is the caller's: it may hold anything after a script was left.
static bool protected_call(lua_State *L, lua_CFunction function, void *argument, int result_count) {
    bridge_context *context = bridge_context_of(L);
    if (context->is_abandoned || !lua_checkstack(L, 4)) return false;
    if (sigsetjmp(context->way_out, 0) != 0) {
        bridge_settle_after_leaving(context);
        return false;
    }
    context->is_inside = true;
    lua_pushcfunction(L, function);
    lua_pushlightuserdata(L, argument);
    bool succeeded = lua_pcall(L, 1, result_count, 0) == LUA_OK;
    context->is_inside = false;
    return succeeded;
}

bool bridge_run_trusted(bridge_context *context, const char *text, size_t length, const char *chunk_name) {
    script what = {text, length, chunk_name, NULL};
    return protected_call(context->main, run_trusted_protected, &what, 0);
}

bool bridge_load(
    bridge_context *context, const char *text, size_t length, const char *chunk_name, lua_State **coroutine) {
    script what = {text, length, chunk_name, NULL};
    bool loaded = protected_call(context->main, load_protected, &what, 0);
    *coroutine = what.coroutine;
    return loaded;
}

bool bridge_prepare_call(bridge_context *context, const char *privileged_name, lua_State **coroutine) {
    script what = {NULL, 0, privileged_name, NULL};
    bool prepared = protected_call(context->main, prepare_call_protected, &what, 0);
    *coroutine = what.coroutine;
    return prepared && bridge_push_arguments(context, what.coroutine);
}

bool bridge_prepare_deferred(bridge_context *context, lua_State *ended, bool has_failed, lua_State **coroutine) {
    ended_task what = {ended, has_failed, NULL};
    bool prepared = protected_call(context->main, prepare_deferred_protected, &what, 0);
    *coroutine = what.coroutine;
    return prepared;
}

bool bridge_prepare_error_text(bridge_context *context, lua_State *failed, lua_State **coroutine) {
    ended_task what = {failed, true, NULL};
    bool prepared = protected_call(context->main, prepare_error_text_protected, &what, 0);
    if (!prepared && !context->is_abandoned) lua_settop(context->main, 0);
    *coroutine = what.coroutine;
    return prepared;
}

bool bridge_push_arguments(bridge_context *context, lua_State *coroutine) {
    return protected_call(context->main, push_arguments_protected, coroutine, 0);
}

bool bridge_traceback(bridge_context *context, lua_State *coroutine) {
    if (protected_call(context->main, traceback_protected, coroutine, 1)) return true;
    if (!context->is_abandoned) lua_settop(context->main, 0);
    return false;
}

bool bridge_script_position(lua_State *coroutine, const char **chunk, int32_t *line) {
    lua_Debug frame;
    for (int level = 0; lua_getstack(coroutine, level, &frame); level++) {
        lua_getinfo(coroutine, "Sl", &frame);
        if (frame.source[0] != '@' || frame.currentline < 1) continue;
        *chunk = frame.source + 1;
        *line = frame.currentline;
        return true;
    }
    return false;
}

bridge_outcome bridge_resume(bridge_context *context, lua_State *coroutine, int32_t argument_count) {
    if (sigsetjmp(context->way_out, 0) != 0) {
        bridge_settle_after_leaving(context);
        return BRIDGE_LEFT;
    }
    context->is_inside = true;
    context->task = coroutine;
    context->waiting = false;
    context->has_body_failed = false;
    context->unyieldable = 0;
    bridge_mark_passed_by_wait(coroutine, false);
    // At the start the function itself is the body's first argument.
    bool starts = lua_status(coroutine) == LUA_OK;
    int results = 0;
    int status = bridge_switch_to(context, coroutine, NULL, starts ? argument_count + 1 : 0, &results);
    context->is_inside = false;
    context->task = NULL;
    context->joined = NULL;
    if (status == LUA_YIELD) {  // nothing else yields at the base
        bridge_mark_passed_by_wait(coroutine, true);
        return BRIDGE_WAITING;
    }
    return status == LUA_OK && !context->has_body_failed ? BRIDGE_FINISHED : BRIDGE_FAILED;
}

void bridge_adopt_error(lua_State *from, lua_State *to) {
    lua_settop(to, 0);
    if (lua_checkstack(to, 1) && lua_checkstack(from, 1)) {
        lua_pushvalue(from, -1);
        lua_xmove(from, to, 1);
    }
}
