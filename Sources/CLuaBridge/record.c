// Records: tables of the host's whose fields a script can read, and whose wrong use is an error.
//
// Lua tells of assignments to fields that are not there alone. So what a script gets is a table without any: its fields are in
// another, under a key that no script has. `pairs`, `next`, `rawget` and what hands values to the host go by those.

#include "internal.h"

static const char key_fields = 0;
static const char key_metatable = 0;

bool bridge_push_fields(lua_State *L, int index) {
    if (!lua_istable(L, index)) return false;
    if (lua_rawgetp(L, index, &key_fields) == LUA_TTABLE) return true;
    lua_pop(L, 1);
    return false;
}

void bridge_seal_record(lua_State *L) {
    if (!lua_istable(L, -1)) return;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key_metatable) != LUA_TTABLE) {
        lua_pop(L, 1);
        return;
    }
    lua_createtable(L, 0, 1);
    lua_insert(L, -3);  // record, fields, metatable
    lua_insert(L, -2);
    lua_rawsetp(L, -3, &key_fields);
    lua_setmetatable(L, -2);
}

// A closure over the function that is asked about fields that are not there.
static int read_field(lua_State *L) {
    lua_settop(L, 2);
    if (!bridge_push_fields(L, 1)) return 0;
    lua_pushvalue(L, 2);
    if (lua_rawget(L, 3) != LUA_TNIL) return 1;
    lua_settop(L, 2);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 2, 1);
    return 1;
}

int bridge_define_record(lua_State *L) {
    luaL_checktype(L, 1, LUA_TSTRING);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    lua_createtable(L, 0, 5);
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "__name");
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, read_field, 1);
    lua_setfield(L, -2, "__index");
    lua_pushvalue(L, 3);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__pairs");  // tells `pairs` alone that it may be a record
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_metatable);
    return 0;
}
