// What the bounded twins of liblua's functions share.

#ifndef CLUABRIDGE_LIBRARIES_H
#define CLUABRIDGE_LIBRARIES_H

#include "../internal.h"
#include <ctype.h>
#include <limits.h>

// liblua's own bound on the length of what string functions make from numbers.
#define BRIDGE_MAX_SIZE ((size_t)INT_MAX)

// As much as is copied or searched at once, a few microseconds, before it is paid for.
#define BRIDGE_BLOCK ((size_t)32768)

// Bytes that are copied or searched in bulk are cheap: a step pays for 64 of them.
static inline void bridge_spend_bytes(bridge_meter *meter, size_t bytes) {
    size_t steps = bytes / 64;
    bridge_spend(meter, steps < INT32_MAX / 2 ? (int32_t)steps : INT32_MAX / 2);
}

static inline size_t bridge_smaller(size_t a, size_t b) { return a < b ? a : b; }

// Memory that is small beside a state's own needs no word in advance.
static inline void bridge_reserve_if_large(lua_State *L, size_t bytes) {
    if (__builtin_expect(bytes > 4096, 0)) bridge_reserve(L, bytes);
}

// Pays for `length` bytes that are about to go into `buffer`, and for the memory if it must grow for them.
static inline void bridge_pay_for_bytes(bridge_meter *meter, luaL_Buffer *buffer, size_t length) {
    if (buffer->size - buffer->n < length) bridge_reserve_if_large(meter->L, buffer->n + length);
    bridge_spend_bytes(meter, length);
}

static inline void bridge_add_bytes(bridge_meter *meter, luaL_Buffer *buffer, const char *bytes, size_t length) {
    bridge_pay_for_bytes(meter, buffer, length);
    luaL_addlstring(buffer, bytes, length);
}

// As bridge_add_bytes, but of the string on top of the stack, which it pops.
static inline void bridge_add_value(bridge_meter *meter, luaL_Buffer *buffer) {
    size_t length;
    lua_tolstring(meter->L, -1, &length);
    bridge_pay_for_bytes(meter, buffer, length);
    luaL_addvalue(buffer);
}

// A start position as scripts give it: from 1, or from the end where negative; clipped to the string's first byte.
static inline size_t bridge_start_position(lua_Integer position, size_t length) {
    if (position > 0) return (size_t)position;
    if (position == 0 || position < -(lua_Integer)length) return 1;
    return length + (size_t)position + 1;
}

// An end position, clipped to the string.
static inline size_t bridge_end_position(lua_Integer position, size_t length) {
    if (position > (lua_Integer)length) return length;
    if (position >= 0) return (size_t)position;
    return position < -(lua_Integer)length ? 0 : length + (size_t)position + 1;
}

// What string.c registers from the other files.
int bridge_string_find(lua_State *L);
int bridge_string_match(lua_State *L);
int bridge_string_gmatch(lua_State *L);
int bridge_string_gsub(lua_State *L);
int bridge_string_format(lua_State *L);
int bridge_string_pack(lua_State *L);
int bridge_string_packsize(lua_State *L);
int bridge_string_unpack(lua_State *L);

#endif
