// Source to function. Lua's compiler has no hook: it is given its source in small pieces, with a checkpoint before each.

#include "internal.h"

// Some constructs take the compiler time in proportion to what stands before them: that much of it between checkpoints.
#define PIECE 256

typedef struct source {
    const char *text;
    size_t length;
    bool has_function;  // at index 1: gives the pieces, up to nil or ""
    int piece;          // where its last one is kept from the collector
    size_t total;
} source;

static void next_piece_of_function(lua_State *L, source *in) {
    luaL_checkstack(L, 2, "too many nested functions");
    lua_pushvalue(L, 1);
    lua_call(L, 0, 1);
    if (!lua_isnil(L, -1) && !lua_isstring(L, -1)) luaL_error(L, "reader function must return a string");
    in->text = lua_tolstring(L, -1, &in->length);
    lua_replace(L, in->piece);
}

static const char *read_piece(lua_State *L, void *argument, size_t *length) {
    bridge_context *context = bridge_context_of(L);
    source *in = argument;
    bridge_checkpoint(L);
    if (in->length == 0 && in->has_function) next_piece_of_function(L, in);
    const char *bytes = in->text;
    *length = in->length < PIECE ? in->length : PIECE;
    if (*length == 0) return NULL;
    in->text += *length;
    in->length -= *length;
    in->total += *length;
    if (context->configuration.source_limit != 0 && in->total > context->configuration.source_limit) {
        bridge_end(context, BRIDGE_SOURCE_LIMIT);
        bridge_checkpoint(L);
    }
    return bytes;
}

int bridge_load_text(lua_State *L, const char *text, size_t length, const char *chunk_name) {
    source in = {.text = text, .length = length};
    return lua_load(L, read_piece, &in, chunk_name, "t");
}

// Whether this was called by the code that loads modules, and not by a script, which may call its chunks anything.
static bool is_called_by_trusted_code(lua_State *L) {
    lua_Debug caller;
    return lua_getstack(L, 1, &caller) && lua_getinfo(L, "S", &caller) && strncmp(caller.source, "=[", 2) == 0;
}

int bridge_load_function(lua_State *L) {
    size_t length = 0;
    const char *text = lua_tolstring(L, 1, &length);
    const char *mode = luaL_optstring(L, 3, "bt");
    bool has_environment = !lua_isnone(L, 4);
    if (strchr(mode, 't') == NULL) {
        luaL_pushfail(L);
        lua_pushfstring(L, "attempt to load a text chunk (mode is '%s'); only text can be loaded here", mode);
        return 2;
    }
    int status;
    if (text != NULL) {
        const char *chunk_name = luaL_optstring(L, 2, text);
        status = bridge_load_text(L, text, length, chunk_name);
        if (status == LUA_OK && is_called_by_trusted_code(L)) bridge_cover_chunk(L, chunk_name);
    } else {
        const char *chunk_name = luaL_optstring(L, 2, "=(load)");
        luaL_checktype(L, 1, LUA_TFUNCTION);
        lua_settop(L, 5);
        source in = {.has_function = true, .piece = 5};
        status = lua_load(L, read_piece, &in, chunk_name, "t");
    }
    if (status != LUA_OK) {
        luaL_pushfail(L);
        lua_insert(L, -2);
        return 2;
    }
    if (has_environment) {
        lua_pushvalue(L, 4);
        if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
    }
    return 1;
}
