// What errors tell: the text of an error that is no text, and a hint where a name is not there.

#include "internal.h"

static const char key_adviser = 0;         // the function that knows the names
static const char key_missed_library = 0;  // where a field was asked for as the last that is not there
static const char key_missed_name = 0;     // and its name

// MARK: Text

static int describe(lua_State *L) {
    if (luaL_callmeta(L, 1, "__tostring")) {
        if (lua_type(L, -1) != LUA_TSTRING) return luaL_error(L, "'__tostring' must return a string");
        return 1;
    }
    if (lua_istable(L, 1)) {
        lua_getfield(L, 1, "message");
        if (lua_isstring(L, -1)) {
            lua_tolstring(L, -1, NULL);
            return 1;
        }
    }
    lua_pushfstring(L, "(error object is a %s value)", luaL_typename(L, 1));
    return 1;
}

void bridge_push_error_text(lua_State *L, int index) {
    index = lua_absindex(L, index);
    luaL_checkstack(L, 4, NULL);
    if (lua_isstring(L, index)) {
        lua_pushvalue(L, index);
        lua_tolstring(L, -1, NULL);
        return;
    }
    lua_pushcfunction(L, describe);
    lua_pushvalue(L, index);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK) return;
    if (bridge_error_kind(L, -1) != NULL) {
        lua_pushliteral(L, "message");
        lua_rawget(L, -2);
        lua_remove(L, -2);
    }
    const char *type = luaL_typename(L, index);
    const char *problem = lua_isstring(L, -1) ? lua_tostring(L, -1) : luaL_typename(L, -1);
    lua_pushfstring(L, "(error object is a %s value; asked for its text, it raised: %s)", type, problem);
    lua_remove(L, -2);
}

int bridge_error_text(lua_State *L) {
    lua_settop(L, 1);
    bridge_push_error_text(L, 1);
    return 1;
}

// MARK: Names

int bridge_set_adviser(lua_State *L) {
    luaL_checktype(L, 1, LUA_TFUNCTION);
    lua_settop(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_adviser);
    return 0;
}

// As __index of a library: the field is nil, as in any table, but who calls that nil is told which library it was.
static int note_missing(lua_State *L) {
    lua_settop(L, 2);
    if (lua_type(L, 2) == LUA_TSTRING) {
        lua_pushvalue(L, 1);
        lua_rawget(L, lua_upvalueindex(1));
        lua_rawsetp(L, LUA_REGISTRYINDEX, &key_missed_library);
        lua_pushvalue(L, 2);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &key_missed_name);
    }
    lua_pushnil(L);
    return 1;
}

// The argument has the names of the libraries by their tables.
int bridge_watch_libraries(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, note_missing, 1);
    lua_setfield(L, 2, "__index");
    for (lua_pushnil(L); lua_next(L, 1) != 0; lua_pop(L, 1)) {
        lua_pushvalue(L, 2);
        lua_setmetatable(L, -3);
    }
    return 0;
}

// MARK: Messages

#define LONGEST_MESSAGE 2000

typedef struct part {
    const char *start;
    size_t length;
} part;

// Reads "… attempt to call a nil value (field 'shutdwn')", as Lua writes it.
static bool find_name(const char *message, part *kind, part *name) {
    static const char marker[] = " a nil value (";
    const char *attempt = strstr(message, "attempt to ");
    const char *found = attempt == NULL ? NULL : strstr(attempt, marker);
    if (found == NULL) return false;
    kind->start = found + sizeof marker - 1;
    const char *quote = strstr(kind->start, " '");
    size_t length = strlen(message);
    if (quote == NULL || length < 2 || strcmp(message + length - 2, "')") != 0) return false;
    kind->length = (size_t)(quote - kind->start);
    name->start = quote + 2;
    if (name->start > message + length - 2) return false;
    name->length = (size_t)(message + length - 2 - name->start);
    return true;
}

// Pushes the library that was last asked for `name`, or nil.
static void push_missed_library(lua_State *L, part name) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_missed_name);
    size_t length;
    const char *missed = lua_tolstring(L, -1, &length);
    bool is_name = missed != NULL && length == name.length && memcmp(missed, name.start, length) == 0;
    lua_pop(L, 1);
    if (is_name) lua_rawgetp(L, LUA_REGISTRYINDEX, &key_missed_library);
    else lua_pushnil(L);
}

// Replaces the message at 1 by an error with the hint on top of the stack.
static void add_hint(lua_State *L) {
    lua_createtable(L, 0, 4);
    lua_insert(L, -2);
    lua_setfield(L, -2, "hint");
    lua_pushliteral(L, "script");
    lua_setfield(L, -2, "kind");
    lua_pushvalue(L, 1);
    lua_setfield(L, -2, "message");
    bridge_make_error(L);
    lua_replace(L, 1);
}

int bridge_explain(lua_State *L) {
    lua_settop(L, 1);
    if (lua_type(L, 1) != LUA_TSTRING || bridge_is_ending(bridge_context_of(L))) return 1;
    size_t length;
    const char *message = lua_tolstring(L, 1, &length);
    part kind, name;
    if (length > LONGEST_MESSAGE || !find_name(message, &kind, &name) || !lua_checkstack(L, 10)) return 1;
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &key_adviser) == LUA_TFUNCTION) {
        lua_pushlstring(L, kind.start, kind.length);
        lua_pushlstring(L, name.start, name.length);
        push_missed_library(L, name);
        // Where there is no room for advice, the message goes on as it is.
        if (lua_pcall(L, 3, 1, 0) == LUA_OK && lua_type(L, -1) == LUA_TSTRING) add_hint(L);
    }
    lua_settop(L, 1);
    return 1;
}
