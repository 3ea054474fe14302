// The script's own coroutines.
//
// They differ from liblua's in one thing: a host call that waits suspends the whole task, through every coroutine on
// the way to the task's base, instead of landing in the script's `resume`. A coroutine that such a wait passes through
// reports "normal" and can't be resumed from elsewhere.

#include "internal.h"

static lua_State *check_coroutine(lua_State *L) {
    lua_State *coroutine = lua_tothread(L, 1);
    luaL_argexpected(L, coroutine, 1, "coroutine");
    return coroutine;
}

lua_State *bridge_new_coroutine(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    int64_t limit = context->configuration.coroutine_limit;
    if (limit != 0 && context->coroutines >= limit) {
        lua_gc(L, LUA_GCCOLLECT);
        if (context->coroutines >= limit) bridge_end(context, BRIDGE_COROUTINE_LIMIT);
        bridge_checkpoint(L);
    }
    return lua_newthread(L);
}

// MARK: Bodies

// A coroutine that an error ends runs its closing handlers where no hook reaches. So its body runs protected inside it:
// the handlers run in there, and what the coroutine itself ends with has nothing left to close.
static int finish_body(lua_State *L, int status, lua_KContext unused) {
    (void)unused;
    if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - 1;  // the handler is below
    return lua_error(L);
}

// A closure over the script's function.
static int run_body(lua_State *L) {
    lua_pushcfunction(L, bridge_explain);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_rotate(L, 1, 2);
    return finish_body(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 1, 0, finish_body), 0);
}

// Closes what the coroutine left open.
static int reset(lua_State *L, lua_State *coroutine) {
    bridge_context *context = bridge_context_of(L);
    // Lua counts nested C calls within a coroutine, but starts anew in the one that is closed.
    if (bridge_stack_left(context) < BRIDGE_STACK_OF_C_CALLS) luaL_error(L, "C stack overflow");
    lua_State *running = context->running;
    bridge_mark_shielded(coroutine, false);  // a handler that it yielded out of never goes on
    context->unyieldable++;  // closing handlers run below C that can't be yielded through
    context->running = coroutine;
    bridge_arm_if_needed(context, coroutine);
#if LUA_VERSION_RELEASE_NUM >= 50406
    int status = lua_closethread(coroutine, NULL);
#else
    int status = lua_resetthread(coroutine);
#endif
    context->running = running;
    context->unyieldable--;
    bridge_arm_if_needed(context, L);
    return status;
}

// MARK: Resuming

// Where the coroutine stands in the C function that resumes it.
typedef enum resumer { BY_RESUME, BY_WRAP } resumer;

static lua_State *resumed_coroutine(lua_State *L, resumer by) {
    return lua_tothread(L, by == BY_RESUME ? 1 : lua_upvalueindex(1));
}

static int deliver_error(lua_State *L, lua_State *coroutine, resumer by) {
    bridge_settle_overflow(L);
    if (by == BY_RESUME && bridge_is_closing(bridge_context_of(L))) {
        lua_xmove(coroutine, L, 1);
        return lua_error(L);
    }
    if (by == BY_RESUME) {
        lua_pushboolean(L, 0);
        lua_xmove(coroutine, L, 1);
        return 2;
    }
    int status = lua_status(coroutine);
    if (status != LUA_OK && status != LUA_YIELD) {  // it failed: close what it left open
        reset(L, coroutine);
    }
    lua_xmove(coroutine, L, 1);
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int continue_resume(lua_State *L, int status, lua_KContext by);

static int resume(lua_State *L, lua_State *coroutine, int argument_count, resumer by) {
    bridge_context *context = bridge_context_of(L);
    bool blocks = !lua_isyieldable(L);
    int results = 0;
    context->unyieldable += blocks;
    int status = bridge_switch_to(context, coroutine, L, argument_count, &results);
    context->unyieldable -= blocks;

    if (status == LUA_YIELD && context->waiting) {
        bridge_mark_passed_by_wait(coroutine, true);
        return lua_yieldk(L, 0, (lua_KContext)by, continue_resume);
    }
    context->shields -= bridge_is_shielded(coroutine);
    if (status != LUA_OK && status != LUA_YIELD) return deliver_error(L, coroutine, by);
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(coroutine, results);
        lua_pushliteral(coroutine, "too many results to resume");
        return deliver_error(L, coroutine, by);
    }
    if (by == BY_RESUME) lua_pushboolean(L, 1);
    lua_xmove(coroutine, L, results);
    return results + (by == BY_RESUME);
}

static int continue_resume(lua_State *L, int status, lua_KContext by) {
    (void)status;
    lua_State *coroutine = resumed_coroutine(L, (resumer)by);
    bridge_mark_passed_by_wait(coroutine, false);
    return resume(L, coroutine, 0, (resumer)by);
}

static const char *status_of(lua_State *L, lua_State *coroutine) {
    if (L == coroutine) return "running";
    if (bridge_is_passed_by_wait(coroutine)) return "normal";
    lua_Debug frame;
    switch (lua_status(coroutine)) {
    case LUA_YIELD: return "suspended";
    case LUA_OK:
        if (lua_getstack(coroutine, 0, &frame)) return "normal";
        return lua_gettop(coroutine) == 0 ? "dead" : "suspended";
    default: return "dead";
    }
}

static int start_resume(lua_State *L, resumer by) {
    lua_State *coroutine = resumed_coroutine(L, by);
    int argument_count = lua_gettop(L) - (by == BY_RESUME);
    const char *refusal = NULL;
    const char *status = status_of(L, coroutine);
    if (strcmp(status, "dead") == 0) refusal = "cannot resume dead coroutine";
    else if (strcmp(status, "suspended") != 0) refusal = "cannot resume non-suspended coroutine";
    else if (!lua_checkstack(coroutine, argument_count)) refusal = "too many arguments to resume";
    if (refusal != NULL) {
        if (by == BY_WRAP) return luaL_error(L, "%s", refusal);
        lua_pushboolean(L, 0);
        lua_pushstring(L, refusal);
        return 2;
    }
    lua_xmove(L, coroutine, argument_count);
    bridge_context_of(L)->shields += bridge_is_shielded(coroutine);
    return resume(L, coroutine, argument_count, by);
}

static int coroutine_resume(lua_State *L) {
    check_coroutine(L);
    return start_resume(L, BY_RESUME);
}

static int call_wrapped(lua_State *L) { return start_resume(L, BY_WRAP); }

// MARK: The rest of the library

static int coroutine_create(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_State *coroutine = bridge_new_coroutine(L);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, run_body, 1);
    lua_xmove(L, coroutine, 1);
    return 1;
}

static int coroutine_wrap(lua_State *L) {
    coroutine_create(L);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

static int coroutine_yield(lua_State *L) {
    if (L == bridge_context_of(L)->task) return luaL_error(L, "attempt to yield from outside a coroutine");
    return lua_yield(L, lua_gettop(L));
}

static int coroutine_status(lua_State *L) {
    lua_pushstring(L, status_of(L, check_coroutine(L)));
    return 1;
}

static int coroutine_isyieldable(lua_State *L) {
    lua_State *coroutine = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
    lua_pushboolean(L, coroutine != bridge_context_of(L)->task && lua_isyieldable(coroutine));
    return 1;
}

static int coroutine_running(lua_State *L) {
    lua_pushthread(L);
    lua_pushboolean(L, L == bridge_context_of(L)->task);
    return 2;
}

static int coroutine_close(lua_State *L) {
    lua_State *coroutine = check_coroutine(L);
    const char *status = status_of(L, coroutine);
    if (strcmp(status, "suspended") != 0 && strcmp(status, "dead") != 0) {
        return luaL_error(L, "cannot close a %s coroutine", status);
    }
    if (reset(L, coroutine) == LUA_OK) {
        lua_pushboolean(L, 1);
        return 1;
    }
    lua_pushboolean(L, 0);
    lua_xmove(coroutine, L, 1);
    return 2;
}

void bridge_push_coroutine_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"create", coroutine_create}, {"resume", coroutine_resume}, {"running", coroutine_running},
        {"status", coroutine_status}, {"wrap", coroutine_wrap},     {"yield", coroutine_yield},
        {"close", coroutine_close},   {"isyieldable", coroutine_isyieldable}, {NULL, NULL},
    };
    lua_newtable(L);
    bridge_set_functions(L, functions);
}
