// The bounded utf8 library: what loops over data or arguments does it with a meter.
//
// charpattern is a string and stays; codes passes over data that exists, a step to each instruction of the script.

#include "libraries.h"

#define MAX_CODE 0x7FFFFFFFu
#define MAX_UNICODE 0x10FFFFu
#define LONGEST_SEQUENCE 6

static inline bool is_continuation(const char *p) { return ((unsigned char)*p & 0xC0) == 0x80; }

// A position as scripts give it: from 1, or from the end where negative; 0 where that is before the string.
static lua_Integer from_end(lua_Integer position, size_t length) {
    if (position >= 0) return position;
    if ((size_t)0 - (size_t)position > length) return 0;
    return (lua_Integer)length + position + 1;
}

// Decodes one sequence; returns where it ends, or NULL if it is none. Lua's strings end with a zero byte, which ends
// every sequence. `is_lax` admits surrogates and what is above Unicode's range.
static const char *decode(const char *s, bool is_lax, uint32_t *code) {
    static const uint32_t smallest[] = {0, 0x80, 0x800, 0x10000, 0x200000, 0x4000000};
    unsigned char first = (unsigned char)*s++;
    if (first < 0x80) {
        *code = first;
        return s;
    }
    int more = __builtin_clz((unsigned)(unsigned char)~first << 24 | 1u << 23) - 1;  // ones behind the first
    if (more < 1 || more >= LONGEST_SEQUENCE) return NULL;
    uint32_t value = first & (0x3Fu >> more);
    for (int i = 0; i < more; i++, s++) {
        if (!is_continuation(s)) return NULL;
        value = value << 6 | ((unsigned char)*s & 0x3F);
    }
    if (value < smallest[more]) return NULL;
    if (!is_lax && (value > MAX_UNICODE || (value >= 0xD800 && value <= 0xDFFF))) return NULL;
    *code = value;
    return s;
}

// len(s, i, j, lax)
static int utf8_len(lua_State *L) {
    size_t length;
    const char *s = luaL_checklstring(L, 1, &length);
    lua_Integer first = from_end(luaL_optinteger(L, 2, 1), length) - 1;
    lua_Integer last = from_end(luaL_optinteger(L, 3, -1), length) - 1;
    bool is_lax = lua_toboolean(L, 4);
    luaL_argcheck(L, 0 <= first && first <= (lua_Integer)length, 2, "initial position out of bounds");
    luaL_argcheck(L, last < (lua_Integer)length, 3, "final position out of bounds");
    bridge_meter meter = bridge_start_meter(L);
    lua_Integer count = 0;
    uint32_t code;
    for (const char *p = s + first, *next; p <= s + last; p = next, count++) {
        bridge_spend(&meter, 1);
        next = decode(p, is_lax, &code);
        if (next == NULL) {
            lua_pushnil(L);
            lua_pushinteger(L, p - s + 1);
            return 2;
        }
    }
    lua_pushinteger(L, count);
    return 1;
}

// codepoint(s, i, j, lax): up to a million results, as many as Lua's stack holds.
static int utf8_codepoint(lua_State *L) {
    size_t length;
    const char *s = luaL_checklstring(L, 1, &length);
    lua_Integer first = from_end(luaL_optinteger(L, 2, 1), length);
    lua_Integer last = from_end(luaL_optinteger(L, 3, first), length);
    bool is_lax = lua_toboolean(L, 4);
    luaL_argcheck(L, first >= 1, 2, "out of bounds");
    luaL_argcheck(L, last <= (lua_Integer)length, 3, "out of bounds");
    if (first > last) return 0;
    if (last - first >= INT_MAX) return luaL_error(L, "string slice too long");
    luaL_checkstack(L, (int)(last - first) + 1, "string slice too long");
    bridge_meter meter = bridge_start_meter(L);
    int count = 0;
    for (const char *p = s + first - 1; p < s + last; count++) {
        bridge_spend(&meter, 1);
        uint32_t code;
        p = decode(p, is_lax, &code);
        if (p == NULL) return luaL_error(L, "invalid UTF-8 code");
        lua_pushinteger(L, code);
    }
    return count;
}

// Writes the sequence of `code` and returns its length.
static size_t encode(uint32_t code, char *bytes) {
    if (code < 0x80) {
        bytes[0] = (char)code;
        return 1;
    }
    size_t length = 2;
    while (length < LONGEST_SEQUENCE && code >> (length * 5 + 1) != 0) length++;
    for (size_t i = length; --i > 0; code >>= 6) bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)((0xFF00u >> length) | code);
    return length;
}

static int utf8_char(lua_State *L) {
    int count = lua_gettop(L);
    bridge_meter meter = bridge_start_meter(L);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (int i = 1; i <= count; i++) {
        bridge_spend(&meter, 1);
        lua_Unsigned code = (lua_Unsigned)luaL_checkinteger(L, i);
        luaL_argcheck(L, code <= MAX_CODE, i, "value out of range");
        char *bytes = luaL_prepbuffsize(&buffer, LONGEST_SEQUENCE);
        luaL_addsize(&buffer, encode((uint32_t)code, bytes));
    }
    luaL_pushresult(&buffer);
    return 1;
}

// offset(s, n, i)
static int utf8_offset(lua_State *L) {
    size_t length;
    const char *s = luaL_checklstring(L, 1, &length);
    lua_Integer n = luaL_checkinteger(L, 2);
    lua_Integer start = n >= 0 ? 1 : (lua_Integer)length + 1;
    lua_Integer position = from_end(luaL_optinteger(L, 3, start), length) - 1;
    luaL_argcheck(L, 0 <= position && position <= (lua_Integer)length, 3, "position out of bounds");
    bridge_meter meter = bridge_start_meter(L);
    const char *p = s + position;
    const char *end = s + length;
    if (n != 0 && is_continuation(p)) return luaL_error(L, "initial position is a continuation byte");
    if (n > 0) {
        for (n--; n > 0 && p < end; n--) {
            do {
                bridge_spend(&meter, 1);
                p++;
            } while (is_continuation(p));
        }
    } else if (n < 0) {
        for (; n < 0 && p > s; n++) {
            do {
                bridge_spend(&meter, 1);
                p--;
            } while (p > s && is_continuation(p));
        }
    } else {
        for (; p > s && is_continuation(p); p--) bridge_spend(&meter, 1);
    }
    if (n == 0) lua_pushinteger(L, p - s + 1);
    else lua_pushnil(L);
    return 1;
}

void bridge_bound_utf8_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"char", utf8_char}, {"codepoint", utf8_codepoint}, {"len", utf8_len}, {"offset", utf8_offset}, {NULL, NULL},
    };
    bridge_set_functions(L, functions);
}
