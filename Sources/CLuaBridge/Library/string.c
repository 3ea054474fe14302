// The bounded string library: what loops over data or a number does it with a meter.
//
// Kept as liblua's own: len, which takes no time, and sub, which is one copy of data that exists, as `..` is.

#include "libraries.h"

// rep(s, n, sep). liblua copies piece by piece, n times even where the pieces are empty.
static int string_rep(lua_State *L) {
    size_t length, separator_length;
    const char *piece = luaL_checklstring(L, 1, &length);
    lua_Integer count = luaL_checkinteger(L, 2);
    const char *separator = luaL_optlstring(L, 3, "", &separator_length);
    if (count <= 0) {
        lua_pushliteral(L, "");
        return 1;
    }
    size_t period = length + separator_length;
    if (period > BRIDGE_MAX_SIZE / (size_t)count) return luaL_error(L, "resulting string too large");
    size_t total = (size_t)count * period - separator_length;
    bridge_reserve_if_large(L, total);

    bridge_meter meter = bridge_start_meter(L);
    luaL_Buffer buffer;
    char *bytes = luaL_buffinitsize(L, &buffer, total);
    memcpy(bytes, piece, length);
    size_t filled = length;
    if (count > 1) {
        memcpy(bytes + filled, separator, separator_length);
        filled += separator_length;
    }
    while (filled < total) {  // the bytes repeat with the period, so what is there is copied as a whole
        size_t phase = filled % period;
        size_t block = bridge_smaller(bridge_smaller(filled - phase, BRIDGE_BLOCK), total - filled);
        memcpy(bytes + filled, bytes + phase, block);
        filled += block;
        bridge_spend_bytes(&meter, block);
    }
    luaL_pushresultsize(&buffer, total);
    return 1;
}

// MARK: Byte by byte

typedef enum change { TO_LOWER, TO_UPPER, BACKWARDS } change;

__attribute__((always_inline)) static inline int change_bytes(lua_State *L, change change) {
    size_t length;
    const char *from = luaL_checklstring(L, 1, &length);
    bridge_reserve_if_large(L, length);
    bridge_meter meter = bridge_start_meter(L);
    luaL_Buffer buffer;
    char *to = luaL_buffinitsize(L, &buffer, length);
    for (size_t done = 0; done < length;) {
        size_t stop = done + bridge_smaller(length - done, 4096);
        bridge_spend(&meter, (int32_t)(stop - done) / 8);
        for (; done < stop; done++) {
            unsigned char byte = (unsigned char)from[done];
            switch (change) {
            case TO_LOWER: to[done] = (char)tolower(byte); break;
            case TO_UPPER: to[done] = (char)toupper(byte); break;
            case BACKWARDS: to[length - 1 - done] = (char)byte; break;
            }
        }
    }
    luaL_pushresultsize(&buffer, length);
    return 1;
}

static int string_lower(lua_State *L) { return change_bytes(L, TO_LOWER); }

static int string_upper(lua_State *L) { return change_bytes(L, TO_UPPER); }

static int string_reverse(lua_State *L) { return change_bytes(L, BACKWARDS); }

// byte(s, i, j): up to a million results, as many as Lua's stack holds.
static int string_byte(lua_State *L) {
    size_t length;
    const char *s = luaL_checklstring(L, 1, &length);
    lua_Integer from = luaL_optinteger(L, 2, 1);
    size_t first = bridge_start_position(from, length);
    size_t last = bridge_end_position(luaL_optinteger(L, 3, from), length);
    if (first > last) return 0;
    if (last - first >= (size_t)INT_MAX) return luaL_error(L, "string slice too long");
    int count = (int)(last - first) + 1;
    luaL_checkstack(L, count, "string slice too long");
    bridge_meter meter = bridge_start_meter(L);
    for (int i = 0; i < count; i++) {
        bridge_spend(&meter, 1);
        lua_pushinteger(L, (unsigned char)s[first - 1 + (size_t)i]);
    }
    return count;
}

static int string_char(lua_State *L) {
    int count = lua_gettop(L);
    bridge_meter meter = bridge_start_meter(L);
    luaL_Buffer buffer;
    char *bytes = luaL_buffinitsize(L, &buffer, (size_t)count);
    for (int i = 1; i <= count; i++) {
        bridge_spend(&meter, 1);
        lua_Unsigned code = (lua_Unsigned)luaL_checkinteger(L, i);
        luaL_argcheck(L, code <= UCHAR_MAX, i, "value out of range");
        bytes[i - 1] = (char)code;
    }
    luaL_pushresultsize(&buffer, (size_t)count);
    return 1;
}

void bridge_bound_string_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"byte", string_byte},
        {"char", string_char},
        {"find", bridge_string_find},
        {"format", bridge_string_format},
        {"gmatch", bridge_string_gmatch},
        {"gsub", bridge_string_gsub},
        {"lower", string_lower},
        {"match", bridge_string_match},
        {"pack", bridge_string_pack},
        {"packsize", bridge_string_packsize},
        {"rep", string_rep},
        {"reverse", string_reverse},
        {"unpack", bridge_string_unpack},
        {"upper", string_upper},
        {NULL, NULL},
    };
    bridge_set_functions(L, functions);
}
