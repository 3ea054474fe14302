// The base library: what differs from liblua's.

#include "../internal.h"

// MARK: Text

const char *bridge_to_text(lua_State *L, int index, size_t *length) {
    index = lua_absindex(L, index);
    if (luaL_callmeta(L, index, "__tostring")) {
        if (!lua_isstring(L, -1)) luaL_error(L, "'__tostring' must return a string");
        return lua_tolstring(L, -1, length);
    }
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING: return luaL_tolstring(L, index, length);
    default: break;
    }
    int named = luaL_getmetafield(L, index, "__name");
    const char *name = named == LUA_TSTRING ? lua_tostring(L, -1) : luaL_typename(L, index);
    uint64_t serial = bridge_serial(L, index);
    if (serial == 0) lua_pushfstring(L, "%s: builtin", name);
    else lua_pushfstring(L, "%s: %I", name, (lua_Integer)(serial & ~BRIDGE_SERIAL_OF_HANDLE));
    if (named != LUA_TNIL) lua_remove(L, -2);
    return lua_tolstring(L, -1, length);
}

static int to_string(lua_State *L) {
    luaL_checkany(L, 1);
    bridge_to_text(L, 1, NULL);
    return 1;
}

// MARK: Protected calls

static bool has_failed(int status) { return status != LUA_OK && status != LUA_YIELD; }

// `below` values are below the results. A task that is closed catches nothing any more: what it still does stands in its closing
// handlers.
static int finish_pcall(lua_State *L, int status, lua_KContext below) {
    if (!has_failed(status)) return lua_gettop(L) - (int)below;
    bridge_settle_overflow(L);
    if (bridge_is_closing(bridge_context_of(L))) return lua_error(L);
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
}

static int pcall(lua_State *L) {
    luaL_checkany(L, 1);
    lua_pushcfunction(L, bridge_explain);
    lua_pushboolean(L, 1);
    lua_rotate(L, 1, 2);
    return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 3, LUA_MULTRET, 1, 1, finish_pcall), 1);
}

// Where things are on the stack of xpcall.
enum { HANDLED_FUNCTION = 1, HANDLER = 2, EXPLAINER = 3, HANDLED_ERROR = 4 };

// The handler's own error must not hide the one that it handled.
static int finish_handler(lua_State *L, int status, lua_KContext unused) {
    (void)unused;
    bridge_context *context = bridge_context_of(L);
    if (has_failed(status)) bridge_settle_overflow(L);
    if (bridge_is_closing(context)) {
        if (!has_failed(status)) lua_settop(L, HANDLED_ERROR);
        return lua_error(L);
    }
    if (has_failed(status) && !bridge_is_ending(context)) {
        lua_settop(L, HANDLED_ERROR + 1);
        lua_pushliteral(L, "error in error handling: ");
        bridge_push_error_text(L, HANDLED_ERROR + 1);
        lua_pushliteral(L, "; the error was: ");
        bridge_push_error_text(L, HANDLED_ERROR);
        lua_concat(L, 4);
        lua_replace(L, HANDLED_ERROR + 1);
    }
    lua_pushboolean(L, 0);
    lua_insert(L, HANDLED_ERROR + 1);
    return lua_gettop(L) - HANDLED_ERROR;
}

// The handler is called when the function has ended, as any other function: so it can be ended, and make calls that wait. Stock
// Lua calls it before, for the sake of tracebacks, which no script can ask for. A script that is ended gets none, nor does a task
// that is closed.
static int finish_xpcall(lua_State *L, int status, lua_KContext unused) {
    (void)unused;
    if (!has_failed(status)) return lua_gettop(L) - EXPLAINER;
    bridge_context *context = bridge_context_of(L);
    if (bridge_is_ending(context) || bridge_is_closing(context)) return finish_pcall(L, status, 0);
    lua_replace(L, HANDLED_ERROR);
    lua_settop(L, HANDLED_ERROR);
    bridge_settle_overflow(L);
    lua_pushvalue(L, HANDLER);
    lua_pushvalue(L, HANDLED_ERROR);
    return finish_handler(L, lua_pcallk(L, 1, 1, 0, 0, finish_handler), 0);
}

static int xpcall(lua_State *L) {
    int argument_count = lua_gettop(L) - 2;
    luaL_checktype(L, HANDLER, LUA_TFUNCTION);
    lua_pushcfunction(L, bridge_explain);
    lua_pushboolean(L, 1);
    lua_pushvalue(L, HANDLED_FUNCTION);
    lua_rotate(L, EXPLAINER, 3);
    return finish_xpcall(L, lua_pcallk(L, argument_count, LUA_MULTRET, EXPLAINER, 0, finish_xpcall), 0);
}

// MARK: Raw access, which records have for their readers alone

static int raw_get(lua_State *L) {
    if (bridge_push_fields(L, 1)) lua_replace(L, 1);
    return bridge_stock(L)(L);
}

static int raw_set(lua_State *L) {
    if (bridge_push_fields(L, 1)) {
        lua_pop(L, 1);
        lua_settop(L, 3);
        lua_settable(L, 1);  // which raises
        return 0;
    }
    return bridge_stock(L)(L);
}

void bridge_bound_base_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"load", bridge_load_function}, {"next", bridge_next}, {"pairs", bridge_pairs}, {"pcall", pcall},
        {"rawget", raw_get}, {"rawset", raw_set}, {"tostring", to_string}, {"xpcall", xpcall}, {NULL, NULL},
    };
    bridge_set_functions(L, functions);
    lua_getfield(L, -1, "pairs");
    lua_getfield(L, -2, "next");
    lua_setupvalue(L, -2, 1);
    lua_pop(L, 1);
}

// MARK: os, for trusted code alone

// The system's functions of time hold a lock, which a script that is ended must not leave behind.
static int call_in_critical_section(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    bool outer = bridge_begin_critical(context);
    int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    bridge_end_critical(context, outer);
    return status == LUA_OK ? lua_gettop(L) : lua_error(L);
}

void bridge_bound_os_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"time", call_in_critical_section}, {"date", call_in_critical_section}, {NULL, NULL},
    };
    bridge_set_functions(L, functions);
}

// MARK: Narrowed for scripts alone

// How a closing handler was begun.
#define WAS_SHIELDED 1
#define FOR_AN_ERROR 2

static int end_closing(lua_State *L, int status, lua_KContext beginning) {
    bridge_context *context = bridge_context_of(L);
    if ((beginning & WAS_SHIELDED) == 0) {
        bridge_mark_shielded(L, false);
        context->shields--;
    }
    if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
    if (context->shields > 0) return 0;
    // Else a task could make all its calls in handlers, and no cancellation would ever reach it.
    context->outbox.length = 0;
    bool outer = bridge_begin_critical(context);
    bridge_verdict verdict = context->tasks.leave_shield(context->host, (beginning & FOR_AN_ERROR) != 0);
    bridge_end_critical(context, outer);
    return verdict == BRIDGE_RAISE ? bridge_raise_outbox(L, context) : 0;
}

// A closing handler may make calls in a task that was cancelled too, as what is deferred may. A closure over the handler.
static int close_shielded(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    lua_KContext beginning = lua_isnoneornil(L, 2) ? 0 : FOR_AN_ERROR;
    if (bridge_is_shielded(L)) {
        beginning |= WAS_SHIELDED;
    } else {
        bridge_mark_shielded(L, true);
        context->shields++;
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    return end_closing(L, lua_pcallk(L, lua_gettop(L) - 1, 0, 0, beginning, end_closing), beginning);
}

void bridge_make_closer(lua_State *L) { lua_pushcclosure(L, close_shielded, 1); }

// No finalizers, as no hook runs in them and nothing could end one.
static int set_metatable(lua_State *L) {
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "setmetatable: scripts can't have __gc; use <close>");
        lua_pop(L, 1);
        lua_pushliteral(L, "__close");
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 2) == LUA_TFUNCTION && lua_tocfunction(L, -1) != close_shielded) {
            bridge_make_closer(L);
            lua_rawset(L, 2);
        } else {
            lua_pop(L, 2);
        }
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, 1);
    return 1;
}

static int count_garbage(lua_State *L) {
    const char *option = luaL_optstring(L, 1, "collect");
    if (strcmp(option, "count") != 0) {
        return luaL_error(L, "collectgarbage: only \"count\" is available here, not \"%s\"", option);
    }
    lua_pushnumber(L, lua_gc(L, LUA_GCCOUNT) + lua_gc(L, LUA_GCCOUNTB) / 1024.0);
    return 1;
}

// Whether a script has drawn numbers that follow from the seed: liblua's generator is a userdata, and no longer as it was.
// One that the script has seeded itself with numbers is the script's own.
static bool has_left_seed(const bridge_context *context) {
    return !context->has_own_seed && context->generator != NULL
        && memcmp(context->generator, context->generator_at_start, context->generator_size) != 0;
}

bool bridge_draws_numbers(const bridge_context *context) {
    return context->draws_numbers || has_left_seed(context);
}

// randomseed() without numbers asks for chance; the run's own generator gives it, so that runs can be repeated.
static int seed_random(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    context->draws_numbers = bridge_draws_numbers(context);
    if (!lua_isnone(L, 1)) context->has_own_seed = true;
    if (lua_isnone(L, 1)) {
        for (int i = 0; i < 2; i++) {
            lua_pushvalue(L, lua_upvalueindex(2));
            lua_pushinteger(L, 0);
            lua_call(L, 1, 1);
        }
    }
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

void bridge_seed_random(lua_State *L, uint64_t seed) {
    lua_getglobal(L, LUA_MATHLIBNAME);
    lua_getfield(L, -1, "randomseed");
    lua_pushvalue(L, -1);
    lua_pushinteger(L, (lua_Integer)seed);
    lua_call(L, 1, 0);
    lua_getfield(L, -2, "random");
    bridge_context *context = bridge_context_of(L);
    if (lua_getupvalue(L, -1, 1) != NULL) {
        size_t size = lua_rawlen(L, -1);
        const void *generator = lua_touserdata(L, -1);  // `seed_random` keeps the function, and so the userdata
        if (generator != NULL && size <= sizeof context->generator_at_start) {
            context->generator = generator;
            context->generator_size = size;
            memcpy(context->generator_at_start, generator, size);
        }
        lua_pop(L, 1);
    }
    lua_pushcclosure(L, seed_random, 2);
    lua_setfield(L, -2, "randomseed");
    lua_pop(L, 1);
}

void bridge_set_script_functions(lua_State *L, int script) {
    lua_getglobal(L, "setmetatable");
    lua_pushcclosure(L, set_metatable, 1);
    lua_setfield(L, script, "setmetatable");
    lua_pushvalue(L, script);
    bridge_set_functions(L, (const luaL_Reg[]){{"collectgarbage", count_garbage}, {NULL, NULL}});
    lua_pop(L, 1);
}
