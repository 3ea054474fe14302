// What a script finds among its globals: an allow-list, built fresh for each universe.
//
// Two tables of globals exist. Trusted code (what this project ships) has all that is loaded here; a script has the
// names below and what the host adds. The library tables are copies, so a script that overwrites `table.insert` hurts
// itself alone.

#include "internal.h"

// Left out of the base library: dofile and loadfile read files; collectgarbage and load are below, narrowed.
static const char *const base_names[] = {
    "assert", "error",  "getmetatable", "ipairs", "next",     "pairs", "pcall",  "rawequal", "rawget",
    "rawlen", "rawset", "select",       "tonumber", "tostring", "type",  "xpcall", "_VERSION", NULL,
};

// Left out of the libraries: string.dump, as bytecode can crash the VM. Not loaded for scripts at all: io, os (the host
// gives the run's clock instead), debug, package.
static const char *const libraries[] = {"string", "table", "math", "utf8", NULL};

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

// load(chunk, name, mode, env): text only, and the script's globals where no env is given.
static int load_text(lua_State *L) {
    const char *mode = luaL_optstring(L, 3, "t");
    if (strchr(mode, 't') == NULL) {
        lua_pushnil(L);
        lua_pushfstring(L, "attempt to load a text chunk (mode is '%s'): only text can be loaded here", mode);
        return 2;
    }
    if (lua_gettop(L) < 3) lua_settop(L, 3);
    lua_pushliteral(L, "t");
    lua_replace(L, 3);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
    return lua_gettop(L);
}

// setmetatable(table, metatable): no finalizers, as no hook runs in them and nothing could end one.
static int set_metatable(lua_State *L) {
    if (lua_istable(L, 2)) {
        lua_pushliteral(L, "__gc");
        if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "setmetatable: scripts can't have __gc; use <close>");
        lua_pop(L, 1);
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

// class(name, metatable): what the host's instances of that name get.
static int define_class(lua_State *L) {
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_classes);
    lua_pushvalue(L, 1);
    lua_pushvalue(L, 2);
    lua_rawset(L, -3);
    return 0;
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

static void define_error_class(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_classes);
    lua_createtable(L, 0, 3);
    lua_pushcfunction(L, error_to_string);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, "error");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_setfield(L, -2, "error");
    lua_pop(L, 1);
}

// string.dump goes from the stock table as well, which all strings have as their methods.
static void remove_bytecode(lua_State *L) {
    lua_getglobal(L, LUA_STRLIBNAME);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    lua_pop(L, 1);
}

static void lock_string_metatable(lua_State *L) {
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

static void wrap_global(lua_State *L, int from, int to, const char *name, lua_CFunction wrapper) {
    lua_getfield(L, from, name);
    lua_pushcclosure(L, wrapper, 1);
    lua_setfield(L, to, name);
}

void bridge_open_globals(lua_State *L) {
    static const luaL_Reg stock[] = {
        {LUA_GNAME, luaopen_base},        {LUA_STRLIBNAME, luaopen_string}, {LUA_TABLIBNAME, luaopen_table},
        {LUA_MATHLIBNAME, luaopen_math},  {LUA_UTF8LIBNAME, luaopen_utf8},  {LUA_OSLIBNAME, luaopen_os},
        {LUA_DBLIBNAME, luaopen_debug},   {NULL, NULL},
    };
    for (const luaL_Reg *library = stock; library->func != NULL; library++) {
        luaL_requiref(L, library->name, library->func, 1);
        lua_pop(L, 1);
    }
    remove_bytecode(L);
    lock_string_metatable(L);
    define_error_class(L);

    lua_pushglobaltable(L);
    int privileged = lua_gettop(L);
    lua_newtable(L);
    int script = lua_gettop(L);
    for (const char *const *name = base_names; *name != NULL; name++) {
        lua_getfield(L, privileged, *name);
        lua_setfield(L, script, *name);
    }
    for (const char *const *name = libraries; *name != NULL; name++) copy_library(L, script, *name);
    wrap_global(L, privileged, script, "load", load_text);
    wrap_global(L, privileged, script, "setmetatable", set_metatable);
    lua_pushcfunction(L, count_garbage);
    lua_setfield(L, script, "collectgarbage");
    bridge_push_coroutine_library(L);
    lua_setfield(L, script, "coroutine");
    lua_pushvalue(L, script);
    lua_setfield(L, script, LUA_GNAME);

    lua_pushvalue(L, script);
    lua_setfield(L, privileged, "script_globals");
    bridge_push_task_library(L);
    lua_setfield(L, privileged, "tasks");
    lua_pushcfunction(L, define_class);
    lua_setfield(L, privileged, "class");
    lua_pushcfunction(L, error_kind);
    lua_setfield(L, privileged, "error_kind");

    lua_pushvalue(L, privileged);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &bridge_key_privileged);
    lua_pushvalue(L, script);
    lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}
