#include "CBenchmarkFloor.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static int next_integer(lua_State *L) {
    lua_pushinteger(L, luaL_checkinteger(L, 1) + 1);
    return 1;
}

static int next_integer_later(lua_State *L) {
    luaL_checkinteger(L, 1);
    return lua_yield(L, 1);  // floor_run answers
}

floor_state *floor_open(bool waits) {
    lua_State *L = luaL_newstate();
    if (L == NULL) return NULL;
    luaL_openlibs(L);
    lua_register(L, "f", waits ? next_integer_later : next_integer);
    return L;
}

void floor_close(floor_state *floor) { lua_close(floor); }

bool floor_run(floor_state *floor, const char *source) {
    lua_State *coroutine = lua_newthread(floor);
    int results = 0;
    int status = luaL_loadstring(coroutine, source);
    if (status == LUA_OK) status = lua_resume(coroutine, floor, 0, &results);
    while (status == LUA_YIELD) {
        lua_Integer value = lua_tointeger(coroutine, -1);
        lua_pop(coroutine, results);
        lua_pushinteger(coroutine, value + 1);
        status = lua_resume(coroutine, floor, 1, &results);
    }
    lua_pop(floor, 1);
    return status == LUA_OK;
}
