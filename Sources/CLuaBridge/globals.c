// What a script finds among its globals: an allow-list, built fresh for each universe.
//
// Two tables of globals exist. Trusted code (what this project ships) has all that is loaded here; a script has the
// names below and what the host adds. The library tables are copies, so a script that overwrites `table.insert` hurts
// itself alone. Documentation/sandbox.md says of each function of liblua what became of it and why.

#include "internal.h"

static const char *const base_names[] = {
    "assert", "error",  "getmetatable", "ipairs",   "load",     "next", "pairs",  "pcall",    "rawequal", "rawget",
    "rawlen", "rawset", "select",       "tonumber", "tostring", "type", "xpcall", "_VERSION", NULL,
};

// Not loaded for scripts at all: io, os (the host gives the run's clock instead), debug, package.
static const char *const script_libraries[] = {
    LUA_STRLIBNAME, LUA_TABLIBNAME, LUA_MATHLIBNAME, LUA_UTF8LIBNAME, NULL,
};

// class(name, metatable): what the host's instances of that name get.
static int define_class(lua_State *L) {
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_classes);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_rawset(L, -3);
    return 0;
}

// set_table_form(table, "array" | "object") -> table
static int set_table_form(lua_State *L) {
    static const char *const names[] = {"array", "object", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    bridge_set_form(L, 1, luaL_checkoption(L, 2, NULL, names) == 0 ? BRIDGE_ARRAY : BRIDGE_OBJECT);
    lua_settop(L, 1);
    return 1;
}

// error_kind(value): the kind of an error that the host raised, else nil.
static int error_kind(lua_State *L) {
    lua_pushstring(L, bridge_error_kind(L, 1));
    return 1;
}

static int error_to_string(lua_State *L) {
    if (lua_istable(L, 1)) {
        lua_pushliteral(L, "message");
        lua_rawget(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING) return 1;
    }
    lua_pushliteral(L, "error");
    return 1;
}

// An error of Lua's own is text, and scripts put it together with more: so they can with one of the host's.
static int concatenate_error(lua_State *L) {
    for (int i = 1; i <= 2; i++) {
        if (!lua_isstring(L, i) && bridge_error_kind(L, i) == NULL) {
            return luaL_error(L, "attempt to concatenate a %s value", luaL_typename(L, i));
        }
        bridge_to_text(L, i, NULL);
    }
    lua_concat(L, 2);
    return 1;
}

static void define_error_class(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_classes);
    lua_createtable(L, 0, 4);
    lua_pushcfunction(L, error_to_string);
    lua_setfield(L, -2, "__tostring");
    lua_pushcfunction(L, concatenate_error);
    lua_setfield(L, -2, "__concat");
    lua_pushliteral(L, "error");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setfield(L, -2, "error");
    lua_pop(L, 1);
}

// MARK: Libraries

void bridge_set_functions(lua_State *L, const luaL_Reg *functions) {
    for (const luaL_Reg *function = functions; function->name != NULL; function++) {
        lua_getfield(L, -1, function->name);
        lua_pushcclosure(L, function->func, 1);
        lua_setfield(L, -2, function->name);
    }
}

// A function in C without upvalues is an address, which differs from run to run; a closure, of nothing, has a serial.
static void make_closures(lua_State *L) {
    for (lua_pushnil(L); lua_next(L, -2) != 0;) {
        if (!lua_iscfunction(L, -1)) {
            lua_pop(L, 1);
        } else if (lua_getupvalue(L, -1, 1) != NULL) {
            lua_pop(L, 2);
        } else {
            lua_CFunction function = lua_tocfunction(L, -1);
            lua_pop(L, 1);
            lua_pushnil(L);
            lua_pushcclosure(L, function, 1);
            lua_pushvalue(L, -2);
            lua_insert(L, -2);
            lua_rawset(L, -4);  // to a field that exists, so the traversal goes on
        }
    }
}

static void open_libraries(lua_State *L) {
    static const struct {
        const char *name;
        lua_CFunction open;
        void (*bound)(lua_State *L);
    } libraries[] = {
        {LUA_GNAME, luaopen_base, bridge_bound_base_library},
        {LUA_STRLIBNAME, luaopen_string, bridge_bound_string_library},
        {LUA_TABLIBNAME, luaopen_table, bridge_bound_table_library},
        {LUA_UTF8LIBNAME, luaopen_utf8, bridge_bound_utf8_library},
        {LUA_MATHLIBNAME, luaopen_math, NULL},
        {LUA_OSLIBNAME, luaopen_os, bridge_bound_os_library},
        {LUA_DBLIBNAME, luaopen_debug, NULL},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        luaL_requiref(L, libraries[i].name, libraries[i].open, 1);
        if (libraries[i].bound != NULL) libraries[i].bound(L);
        make_closures(L);
        lua_pop(L, 1);
    }
}

// All strings have the script's own functions as their methods, so that it can add some; trusted code uses none.
static void set_string_methods(lua_State *L, int script) {
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_getfield(L, script, LUA_STRLIBNAME);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

static void copy_library(lua_State *L, int to, const char *name) {
    lua_newtable(L);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(L, -1, name);
    lua_remove(L, -2);
    for (lua_pushnil(L); lua_next(L, -2) != 0;) {
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -5);
    }
    lua_pop(L, 1);
    lua_setfield(L, to, name);
}

// What not even trusted code needs. string.dump: bytecode can crash the VM. os: all but the functions of time.
static void remove_dangerous(lua_State *L) {
    static const char *const of_os[] = {"execute", "exit", "getenv", "remove", "rename", "setlocale", "tmpname", NULL};
    lua_getglobal(L, LUA_STRLIBNAME);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_getglobal(L, LUA_OSLIBNAME);
    for (const char *const *name = of_os; *name != NULL; name++) {
        lua_pushnil(L);
        lua_setfield(L, -2, *name);
    }
    lua_pop(L, 2);
}

// MARK: The two tables

static void fill_script_globals(lua_State *L, int script, int privileged) {
    for (const char *const *name = base_names; *name != NULL; name++) {
        lua_getfield(L, privileged, *name);
        lua_setfield(L, script, *name);
    }
    for (const char *const *name = script_libraries; *name != NULL; name++) copy_library(L, script, *name);
    set_string_methods(L, script);
    bridge_set_script_functions(L, script);
    bridge_push_coroutine_library(L);
    lua_setfield(L, script, LUA_COLIBNAME);
    lua_pushvalue(L, script);
    lua_setfield(L, script, LUA_GNAME);
}

static void fill_privileged_globals(lua_State *L, int privileged, int script) {
    static const luaL_Reg functions[] = {
        {"class", define_class},       {"record", bridge_define_record}, {"error_kind", error_kind},
        {"error_text", bridge_error_text}, {"set_adviser", bridge_set_adviser},
        {"watch_libraries", bridge_watch_libraries}, {"set_table_form", set_table_form}, {NULL, NULL},
    };
    lua_pushvalue(L, script);
    lua_setfield(L, privileged, "script_globals");
    bridge_push_task_library(L);
    lua_setfield(L, privileged, "tasks");
    lua_pushlightuserdata(L, NULL);
    lua_setfield(L, privileged, "null");
    lua_pushvalue(L, privileged);
    bridge_set_functions(L, functions);
    lua_pop(L, 1);
}

void bridge_open_globals(lua_State *L, uint64_t seed) {
    open_libraries(L);
    remove_dangerous(L);
    bridge_seed_random(L, seed);
    define_error_class(L);
    bridge_open_traversals(L);

    lua_pushglobaltable(L);
    int privileged = lua_gettop(L);
    lua_newtable(L);
    int script = lua_gettop(L);
    fill_script_globals(L, script, privileged);
    fill_privileged_globals(L, privileged, script);

    lua_pushvalue(L, privileged);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &bridge_key_privileged);
    lua_pushvalue(L, script);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
