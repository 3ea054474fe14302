// The table library, bounded: liblua's functions loop as often as a number says that the script gives, be it an
// argument or the result of a `__len`, and no hook runs meanwhile. Here every loop spends from a meter.
//
// A short loop over a plain table is left to the stock function. That can't be told before where a metamethod gives the
// length, as asking twice would show, nor for what is sorted or concatenated: those are written anew. None holds memory
// that Lua doesn't know, since any checkpoint may raise.

#include "libraries.h"

// MARK: The table at hand

// What a function does with its table. An argument that is no table will do if its metatable knows how.
enum uses { READS = 1, WRITES = 2, MEASURES = 4 };

// Whether the metatable on top of the stack has that field.
static bool handles(lua_State *L, const char *event) {
    lua_pushstring(L, event);
    bool has_field = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 1);
    return has_field;
}

static void check_table(lua_State *L, int argument, int uses) {
    if (lua_type(L, argument) == LUA_TTABLE) return;
    if (lua_getmetatable(L, argument)) {
        bool suffices = (!(uses & READS) || handles(L, "__index")) && (!(uses & WRITES) || handles(L, "__newindex"))
            && (!(uses & MEASURES) || handles(L, "__len"));
        lua_pop(L, 1);
        if (suffices) return;
    }
    luaL_checktype(L, argument, LUA_TTABLE);
}

static lua_Integer checked_length(lua_State *L, int uses) {
    check_table(L, 1, uses | MEASURES);
    return luaL_len(L, 1);
}

// As much as may happen without a look at the meter.
#define SHORT_LENGTH 2048

// Below this, to find out that the stock function would do takes longer than it saves.
#define VERY_SHORT_LENGTH 32

// Whether the first argument is a table with few elements and without metamethods.
static bool is_short(lua_State *L) {
    if (lua_type(L, 1) != LUA_TTABLE) return false;
    if (lua_getmetatable(L, 1)) {
        lua_pop(L, 1);
        return false;
    }
    return lua_rawlen(L, 1) <= SHORT_LENGTH;
}

static bool is_short_span(lua_Integer first, lua_Integer last, lua_Unsigned length) {
    return first <= last && (lua_Unsigned)last - (lua_Unsigned)first < length;
}

// What a slot of the stack or an element of a table takes.
#define BYTES_OF_VALUE 16

static void reserve_values(lua_State *L, lua_Integer count) {
    if (count > BRIDGE_STEPS_BETWEEN_CHECKPOINTS) bridge_reserve(L, (size_t)count * BYTES_OF_VALUE);
}

// MARK: Shifting

static int table_insert(lua_State *L) {
    int argument_count = lua_gettop(L);
    if (argument_count == 3 && is_short(L)) return bridge_stock(L)(L);
    // The sum wraps around as in liblua, where a `__len` can claim the greatest integer.
    lua_Unsigned end = (lua_Unsigned)checked_length(L, READS | WRITES) + 1;
    if (argument_count == 2) {
        lua_seti(L, 1, (lua_Integer)end);
        return 0;
    }
    if (argument_count != 3) return luaL_error(L, "wrong number of arguments to 'insert'");
    lua_Integer position = luaL_checkinteger(L, 2);
    luaL_argcheck(L, (lua_Unsigned)position - 1 < end, 2, "position out of bounds");
    bridge_meter meter = bridge_start_meter(L);
    for (lua_Integer i = (lua_Integer)end; i > position; i--) {
        bridge_spend(&meter, 1);
        lua_geti(L, 1, i - 1);
        lua_seti(L, 1, i);
    }
    lua_seti(L, 1, position);
    return 0;
}

static int table_remove(lua_State *L) {
    if (lua_gettop(L) > 1 && is_short(L)) return bridge_stock(L)(L);
    lua_Integer length = checked_length(L, READS | WRITES);
    lua_Integer position = luaL_optinteger(L, 2, length);
    if (position != length) {
        // One past the end is a position as well. The number of the argument in the message is liblua's.
        luaL_argcheck(L, (lua_Unsigned)position - 1 <= (lua_Unsigned)length, 1, "position out of bounds");
    }
    lua_geti(L, 1, position);
    bridge_meter meter = bridge_start_meter(L);
    for (; position < length; position++) {
        bridge_spend(&meter, 1);
        lua_geti(L, 1, position + 1);
        lua_seti(L, 1, position);
    }
    lua_pushnil(L);
    lua_seti(L, 1, position);
    return 1;
}

static int table_move(lua_State *L) {
    lua_Integer first = luaL_checkinteger(L, 2);
    lua_Integer last = luaL_checkinteger(L, 3);
    lua_Integer target = luaL_checkinteger(L, 4);
    if (is_short_span(first, last, SHORT_LENGTH)) return bridge_stock(L)(L);
    int to = lua_isnoneornil(L, 5) ? 1 : 5;
    check_table(L, 1, READS);
    check_table(L, to, WRITES);
    if (last >= first) {
        luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
        lua_Integer count = last - first + 1;
        luaL_argcheck(L, target <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
        // Downwards only where the target overlaps elements that are still to be read.
        bool upwards = target > last || target <= first || (to != 1 && !lua_compare(L, 1, to, LUA_OPEQ));
        bridge_meter meter = bridge_start_meter(L);
        for (lua_Integer moved = 0; moved < count; moved++) {
            lua_Integer offset = upwards ? moved : count - 1 - moved;
            bridge_spend(&meter, 1);
            lua_geti(L, 1, first + offset);
            lua_seti(L, to, target + offset);
        }
    }
    lua_pushvalue(L, to);
    return 1;
}

// MARK: Packing

static int table_pack(lua_State *L) {
    int count = lua_gettop(L);
    reserve_values(L, count);
    lua_createtable(L, count, 1);
    lua_insert(L, 1);
    bridge_meter meter = bridge_start_meter(L);
    for (int i = count; i >= 1; i--) {
        bridge_spend(&meter, 1);
        lua_rawseti(L, 1, i);
    }
    lua_pushinteger(L, count);
    lua_setfield(L, 1, "n");
    return 1;
}

static int table_unpack(lua_State *L) {
    lua_Integer first = luaL_optinteger(L, 2, 1);
    bool measures = lua_isnoneornil(L, 3);
    lua_Integer last = measures ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
    if (first > last) return 0;
    bool is_worth_it = !is_short_span(first, last, VERY_SHORT_LENGTH) && is_short_span(first, last, SHORT_LENGTH);
    if (is_worth_it && (!measures || is_short(L))) return bridge_stock(L)(L);
    lua_Unsigned span = (lua_Unsigned)last - (lua_Unsigned)first;
    // Lua refuses more than its greatest stack without asking for memory.
    if (span < LUAI_MAXSTACK) reserve_values(L, (lua_Integer)span);
    if (span >= INT_MAX || !lua_checkstack(L, (int)span + 1)) return luaL_error(L, "too many results to unpack");
    bridge_meter meter = bridge_start_meter(L);
    for (lua_Unsigned offset = 0; offset <= span; offset++) {
        bridge_spend(&meter, 1);
        lua_geti(L, 1, (lua_Integer)((lua_Unsigned)first + offset));
    }
    return (int)span + 1;
}

// MARK: Concatenating

// What it costs to write a number out.
#define STEPS_OF_NUMBER 5

// The arguments' places on the stack, and one that holds a long element while it is copied.
enum { SEPARATOR = 2, LONG_ELEMENT = 5 };

typedef struct concatenation {
    lua_State *L;
    bridge_meter meter;
    size_t reserved;
    luaL_Buffer buffer;
} concatenation;

// Whether those bytes went into the room that is there, which is so for all but a few.
static inline bool add_to_room(concatenation *joined, const char *bytes, size_t length) {
    luaL_Buffer *buffer = &joined->buffer;
    if (length > buffer->size - buffer->n || length > BRIDGE_BLOCK) return false;
    memcpy(buffer->b + buffer->n, bytes, length);
    buffer->n += length;
    bridge_spend(&joined->meter, 1);
    bridge_spend_bytes(&joined->meter, length);
    return true;
}

// For bytes that the stack keeps alive below the buffer. A few references to one long string make a text of any size,
// so the growth is announced before it happens: a buffer half as large again as the text, and at last the result.
static void add_with_growth(concatenation *joined, const char *bytes, size_t length) {
    luaL_Buffer *buffer = &joined->buffer;
    size_t total = buffer->n + length;
    if (total > joined->reserved) {
        bridge_reserve(joined->L, total * 2);
        joined->reserved = total * 2;
    }
    char *to = luaL_prepbuffsize(buffer, length);
    while (length > 0) {
        size_t piece = bridge_smaller(length, BRIDGE_BLOCK);
        memcpy(to, bytes, piece);
        bridge_spend_bytes(&joined->meter, piece);
        luaL_addsize(buffer, piece);
        to += piece;
        bytes += piece;
        length -= piece;
    }
}

static void add_element(concatenation *joined, lua_Integer i) {
    lua_State *L = joined->L;
    if (lua_geti(L, 1, i) == LUA_TNUMBER) bridge_spend(&joined->meter, STEPS_OF_NUMBER);
    size_t length;
    const char *bytes = lua_tolstring(L, -1, &length);
    if (bytes == NULL) {
        luaL_error(L, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(L, -1), (LUAI_UACINT)i);
    }
    if (add_to_room(joined, bytes, length)) {
        lua_pop(L, 1);
    } else {
        lua_replace(L, LONG_ELEMENT);
        add_with_growth(joined, bytes, length);
    }
}

static int table_concat(lua_State *L) {
    lua_Integer length = checked_length(L, READS);
    size_t separator_length;
    const char *separator = luaL_optlstring(L, SEPARATOR, "", &separator_length);
    lua_Integer i = luaL_optinteger(L, 3, 1);
    lua_Integer last = luaL_optinteger(L, 4, length);
    lua_settop(L, LONG_ELEMENT);
    concatenation joined = {.L = L, .meter = bridge_start_meter(L), .reserved = BRIDGE_BLOCK};
    luaL_buffinit(L, &joined.buffer);
    for (; i < last; i++) {
        add_element(&joined, i);
        if (!add_to_room(&joined, separator, separator_length)) add_with_growth(&joined, separator, separator_length);
    }
    if (i == last) add_element(&joined, i);
    if (joined.buffer.n > BRIDGE_BLOCK) bridge_reserve(L, joined.buffer.n);
    luaL_pushresult(&joined.buffer);
    return 1;
}

// MARK: Sorting

// liblua's algorithm step by step, so that elements which compare equal, and inconsistent comparisons, end in the same
// order: quicksort with the median of the first, middle and last as its pivot.

typedef unsigned int place;

// From this distance on, a pivot other than the middle one is tried where earlier ones divided badly.
#define GREATEST_ORDINARY_DISTANCE 100u
#define BAD_DIVISION 128u

enum { COMPARISON = 2 };

typedef struct sorting {
    lua_State *L;
    bridge_meter meter;
    bool has_comparison;
} sorting;

// Whether the value at `a` comes before that at `b`, both counted from the top.
static bool is_before(sorting *sort, int a, int b) {
    lua_State *L = sort->L;
    bridge_spend(&sort->meter, 2);
    if (!sort->has_comparison) return lua_compare(L, a, b, LUA_OPLT);
    lua_pushvalue(L, COMPARISON);
    lua_pushvalue(L, a - 1);
    lua_pushvalue(L, b - 2);
    lua_call(L, 2, 1);
    bool before = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return before;
}

// Stores the top at `i` and the value below it at `j`.
static void store_both(lua_State *L, place i, place j) {
    lua_seti(L, 1, i);
    lua_seti(L, 1, j);
}

// Puts the elements at `low` and `high` in order.
static void order_pair(sorting *sort, place low, place high) {
    lua_State *L = sort->L;
    lua_geti(L, 1, low);
    lua_geti(L, 1, high);
    if (is_before(sort, -1, -2)) store_both(L, low, high);
    else lua_pop(L, 2);
}

// Puts the element in the middle in order with both ends, which are in order already.
static void order_middle(sorting *sort, place low, place middle, place high) {
    lua_State *L = sort->L;
    lua_geti(L, 1, middle);
    lua_geti(L, 1, low);
    if (is_before(sort, -2, -1)) {
        store_both(L, middle, low);
        return;
    }
    lua_pop(L, 1);
    lua_geti(L, 1, high);
    if (is_before(sort, -1, -2)) store_both(L, middle, high);
    else lua_pop(L, 2);
}

// Divides what lies between `low` and `high - 1`, where the pivot is, as it is on top of the stack; pops it and returns
// its place. A comparison that contradicts itself runs past an end.
static place divide(sorting *sort, place low, place high) {
    lua_State *L = sort->L;
    place i = low;
    place j = high - 1;
    for (;;) {
        while (lua_geti(L, 1, ++i), is_before(sort, -1, -2)) {
            if (i == high - 1) luaL_error(L, "invalid order function for sorting");
            lua_pop(L, 1);
        }
        while (lua_geti(L, 1, --j), is_before(sort, -3, -1)) {
            if (j < i) luaL_error(L, "invalid order function for sorting");
            lua_pop(L, 1);
        }
        if (j < i) {
            lua_pop(L, 1);
            store_both(L, high - 1, i);
            return i;
        }
        store_both(L, i, j);
    }
}

// Some place in the middle half. liblua asks the clock, but runs must be repeatable; a script that builds an array
// against this choice pays for it itself.
static place unusual_pivot(place low, place high) {
    uint32_t mixed = low * 0x9E3779B9u ^ high * 0x85EBCA6Bu;
    mixed ^= mixed >> 15;
    mixed *= 0x2C1B3C6Du;
    mixed ^= mixed >> 13;
    place quarter = (high - low) / 4;
    return low + quarter + mixed % (quarter * 2);
}

static void sort_between(sorting *sort, place low, place high, bool divides_badly) {
    lua_State *L = sort->L;
    while (low < high) {
        order_pair(sort, low, high);
        if (high - low == 1) return;
        bool is_ordinary = high - low < GREATEST_ORDINARY_DISTANCE || !divides_badly;
        place pivot = is_ordinary ? (low + high) / 2 : unusual_pivot(low, high);
        order_middle(sort, low, pivot, high);
        if (high - low == 2) return;
        lua_geti(L, 1, pivot);
        lua_pushvalue(L, -1);
        lua_geti(L, 1, high - 1);
        store_both(L, pivot, high - 1);
        pivot = divide(sort, low, high);
        // The smaller part by recursion, so that its depth is logarithmic.
        place smaller;
        if (pivot - low < high - pivot) {
            sort_between(sort, low, pivot - 1, divides_badly);
            smaller = pivot - low;
            low = pivot + 1;
        } else {
            sort_between(sort, pivot + 1, high, divides_badly);
            smaller = high - pivot;
            high = pivot - 1;
        }
        if ((high - low) / BAD_DIVISION > smaller) divides_badly = true;
    }
}

static int table_sort(lua_State *L) {
    lua_Integer length = checked_length(L, READS | WRITES);
    if (length <= 1) return 0;
    luaL_argcheck(L, length < INT_MAX, 1, "array too big");
    if (!lua_isnoneornil(L, COMPARISON)) luaL_checktype(L, COMPARISON, LUA_TFUNCTION);
    lua_settop(L, COMPARISON);
    sorting sort = {L, bridge_start_meter(L), !lua_isnil(L, COMPARISON)};
    sort_between(&sort, 1, (place)length, false);
    return 0;
}

void bridge_bound_table_library(lua_State *L) {
    static const luaL_Reg functions[] = {
        {"concat", table_concat}, {"insert", table_insert}, {"move", table_move}, {"pack", table_pack},
        {"remove", table_remove}, {"sort", table_sort},     {"unpack", table_unpack}, {NULL, NULL},
    };
    bridge_set_functions(L, functions);
}
