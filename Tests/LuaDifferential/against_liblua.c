// The sandbox's functions as scripts have them, beside a plain state of liblua.

#include "LuaDifferential.h"
#include <CLuaBridge.h>
#include <stdio.h>

static int say_nothing(lua_State *L) {
    (void)L;
    return 0;
}

int64_t differential_against_liblua(uint64_t seed, int64_t cases, char *mismatch, size_t size) {
    bridge_context *context = bridge_open(NULL, (bridge_task_callbacks){0}, (bridge_configuration){0});
    lua_State *plain = luaL_newstate();
    luaL_openlibs(plain);
    // Some callbacks are called `print`, which the host gives to scripts, and which should be silent here.
    lua_register(context->main, "print", say_nothing);
    lua_register(plain, "print", say_nothing);
    int64_t count = differential_run(context->main, plain, seed, cases, mismatch, size);
    lua_close(plain);
    bridge_close(context);
    return count;
}

void differential_list_functions(char *names, size_t size) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    lua_getfield(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    size_t used = 0;
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_settop(L, 2)) {
        const char *library = lua_tostring(L, 2);
        const char *point = strcmp(library, LUA_GNAME) == 0 ? "" : ".";
        for (lua_pushnil(L); lua_next(L, 3) != 0; lua_settop(L, 4)) {
            if (!lua_isfunction(L, 5)) continue;
            int written = snprintf(names + used, size - used, "%s%s%s\n", *point ? library : "", point, lua_tostring(L, 4));
            used += (size_t)written < size - used ? (size_t)written : 0;
        }
    }
    lua_close(L);
}
