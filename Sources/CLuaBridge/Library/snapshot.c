// The keys of a table in order, as a traversal needs them where it can do with nothing less.

#include "traversal.h"

// MARK: Collecting keys

#define KEYS_ON_STACK 96
#define KEYS_BETWEEN_STACK_CHECKS 8

// Keys of a table in raw order, and their ranks, each with the key's index here, from 1. Few of them are kept on the
// Lua stack and in this struct, more in a table and a userdata.
typedef struct collection {
    lua_State *L;
    bridge_meter meter;
    int base;      // above it on the stack: the table of keys, the userdata of ranks, then the few keys
    bool spilled;  // into those two
    size_t count;
    size_t capacity;
    rank *ranks;
    rank *scratch;
    rank few[2 * KEYS_ON_STACK];
} collection;

static inline void push_collected(const collection *keys, rank of) {
    size_t index = (size_t)(of & RANK_INDEX_MASK);
    if (keys->spilled) lua_rawgeti(keys->L, keys->base + 1, (lua_Integer)index);
    else lua_pushvalue(keys->L, keys->base + 2 + (int)index);
}

// Makes room for more, with the key that comes next on top of the stack.
static void grow(collection *keys) {
    lua_State *L = keys->L;
    size_t capacity = keys->capacity * 2;
    bridge_reserve(L, capacity * 4 * sizeof(rank));  // ranks, as many to sort them, keys as collected and as sorted
    luaL_checkstack(L, 4, NULL);
    rank *ranks = lua_newuserdatauv(L, capacity * sizeof(rank), 0);
    memcpy(ranks, keys->ranks, keys->count * sizeof(rank));
    lua_replace(L, keys->base + 2);
    keys->ranks = ranks;
    keys->capacity = capacity;
    if (keys->spilled) return;
    lua_createtable(L, (int)capacity, 0);
    for (size_t i = 1; i <= keys->count; i++) {
        lua_pushvalue(L, keys->base + 2 + (int)i);
        lua_rawseti(L, -2, (lua_Integer)i);
    }
    lua_replace(L, keys->base + 1);
    lua_replace(L, keys->base + 3);
    lua_settop(L, keys->base + 3);
    keys->spilled = true;
}

// Adds the key on top of the stack, and leaves it there.
static inline void collect_key(collection *keys, rank of) {
    lua_State *L = keys->L;
    if (keys->count == keys->capacity) grow(keys);
    keys->ranks[keys->count] = of | (keys->count + 1);
    keys->count++;
    if (!keys->spilled && keys->count % KEYS_BETWEEN_STACK_CHECKS == 0) {
        luaL_checkstack(L, KEYS_BETWEEN_STACK_CHECKS + 4, NULL);
    }
    lua_pushvalue(L, -1);
    if (keys->spilled) lua_rawseti(L, keys->base + 1, (lua_Integer)keys->count);
}

// Collects all keys of the table at 1, or those that come after the one at `after`.
static void collect_keys(collection *keys, int after) {
    lua_State *L = keys->L;
    rank of_after = after != 0 ? bridge_rank_of_key(L, after) : 0;
    for (lua_pushnil(L); lua_next(L, 1) != 0;) {
        lua_pop(L, 1);
        bridge_spend(&keys->meter, BRIDGE_STEPS_OF_KEY);
        rank of = bridge_rank_of_key(L, -1);
        if (after != 0 && bridge_compare_keys(L, -1, of, after, of_after, &keys->meter) <= 0) continue;
        collect_key(keys, of);
    }
}

// MARK: Sorting keys

#define FEW_TIES 12
#define MOST_REFINEMENTS 32

// Binary insertion: for keys of one coarse rank, where few are left or finer ranks have not told them apart for long.
static void sort_by_comparison(collection *keys, rank *ranks, size_t count) {
    lua_State *L = keys->L;
    rank coarse = ranks[0] & ~RANK_INDEX_MASK;
    for (size_t i = 1; i < count; i++) {
        rank moved = ranks[i];
        push_collected(keys, moved);
        size_t low = 0, high = i;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            push_collected(keys, ranks[middle]);
            int order = bridge_compare_keys(L, -2, coarse, -1, coarse, &keys->meter);
            lua_pop(L, 1);
            if (order < 0) high = middle;
            else low = middle + 1;
        }
        lua_pop(L, 1);
        memmove(ranks + low + 1, ranks + low, (i - low) * sizeof(rank));
        ranks[low] = moved;
        bridge_spend(&keys->meter, 1 + (int32_t)((i - low) / 64));
    }
}

static size_t common_prefix(const char *a, const char *b, size_t from, size_t limit, bridge_meter *meter) {
    while (limit - from >= 64 && memcmp(a + from, b + from, 64) == 0) {
        from += 64;
        bridge_spend(meter, 1);
    }
    while (from < limit && a[from] == b[from]) from++;
    return from;
}

// How many bytes all the strings share, which are `known` at least.
static size_t common_prefix_of_all(collection *keys, const rank *ranks, size_t count, size_t known) {
    lua_State *L = keys->L;
    push_collected(keys, ranks[0]);
    size_t limit;
    const char *first = lua_tolstring(L, -1, &limit);
    for (size_t i = 1; i < count && limit > known; i++) {
        push_collected(keys, ranks[i]);
        size_t length;
        const char *bytes = lua_tolstring(L, -1, &length);
        limit = common_prefix(first, bytes, known, length < limit ? length : limit, &keys->meter);
        lua_pop(L, 1);
        bridge_spend(&keys->meter, 1);
    }
    lua_pop(L, 1);
    return limit;
}

static void sort_ties(collection *keys, rank *ranks, size_t count, size_t known, int depth);

// In sorted ranks, sorts the keys that have the same. All strings share `known` bytes before those of the ranks.
static void sort_all_ties(collection *keys, rank *ranks, size_t count, size_t known, int depth) {
    for (size_t start = 0, end; start < count; start = end) {
        rank coarse = ranks[start] >> RANK_INDEX_BITS;
        for (end = start + 1; end < count && ranks[end] >> RANK_INDEX_BITS == coarse;) end++;
        bridge_spend(&keys->meter, 1 + (int32_t)((end - start) / 64));
        if (end - start > 1) sort_ties(keys, ranks + start, end - start, known, depth);
    }
}

// Gives keys of one coarse rank finer ones and sorts by those: strings by the bytes from the first on that differ.
static void sort_ties(collection *keys, rank *ranks, size_t count, size_t known, int depth) {
    lua_State *L = keys->L;
    if (count <= FEW_TIES || depth == MOST_REFINEMENTS) {
        sort_by_comparison(keys, ranks, count);
        return;
    }
    bool is_number = class_of_rank(ranks[0]) == CLASS_NUMBER;
    size_t offset = is_number ? 0 : common_prefix_of_all(keys, ranks, count, known + 8);
    for (size_t i = 0; i < count; i++) {
        push_collected(keys, ranks[i]);
        rank finer;
        if (is_number) {
            finer = make_rank(CLASS_NUMBER, bridge_ascending_bits(lua_tonumber(L, -1)), 0);
        } else {
            size_t length;
            const char *bytes = lua_tolstring(L, -1, &length);
            finer = bridge_rank_of_bytes(bytes, length, offset);
        }
        lua_pop(L, 1);
        ranks[i] = finer | (ranks[i] & RANK_INDEX_MASK);
        bridge_spend(&keys->meter, 1);
    }
    bridge_sort_ranks(ranks, keys->scratch, count, &keys->meter);
    sort_all_ties(keys, ranks, count, offset, depth + 1);
}

// MARK: Snapshots

lua_Integer bridge_push_snapshot(lua_State *L, int after) {
    collection keys;  // without an initializer, which would clear all the room for ranks
    keys.L = L;
    keys.meter = bridge_start_meter(L);
    keys.base = lua_gettop(L);
    keys.spilled = false;
    keys.count = 0;
    keys.capacity = KEYS_ON_STACK;
    keys.ranks = keys.few;
    keys.scratch = keys.few + KEYS_ON_STACK;
    luaL_checkstack(L, KEYS_BETWEEN_STACK_CHECKS + 8, NULL);
    lua_settop(L, keys.base + 2);
    collect_keys(&keys, after);
    if (keys.count == 0) {
        lua_settop(L, keys.base);
        return 0;
    }
    if (keys.spilled) keys.scratch = lua_newuserdatauv(L, keys.count * sizeof(rank), 0);
    bridge_sort_ranks(keys.ranks, keys.scratch, keys.count, &keys.meter);
    sort_all_ties(&keys, keys.ranks, keys.count, 0, 0);

    lua_Integer count = 0;
    lua_createtable(L, (int)keys.count + 1, 0);
    if (after != 0) {
        lua_pushvalue(L, after);
        lua_rawseti(L, -2, ++count);
    }
    for (size_t i = 0; i < keys.count; i++) {
        push_collected(&keys, keys.ranks[i]);
        lua_rawseti(L, -2, ++count);
        bridge_spend(&keys.meter, 2);
    }
    lua_replace(L, keys.base + 1);
    lua_settop(L, keys.base + 1);
    return count;
}

bool bridge_is_last(lua_State *L, const traversal *traversal, int keys) {
    const void *address = lua_topointer(L, 2);
    if (address != NULL || traversal->last != NULL) return address == traversal->last;
    lua_rawgeti(L, keys, traversal->position);
    bool same = lua_rawequal(L, -1, 2);
    lua_pop(L, 1);
    return same;
}

bool bridge_advance(lua_State *L, traversal *traversal, int keys) {
    lua_Integer position = traversal->position;
    if (position >= traversal->count) return false;
    bridge_meter meter = bridge_start_meter(L);
    for (;;) {
        lua_rawgeti(L, keys, ++position);
        lua_pushvalue(L, -1);
        if (lua_rawget(L, 1) != LUA_TNIL) break;
        lua_pop(L, 2);
        if (position == traversal->count) return false;
        bridge_spend(&meter, 1);
    }
    traversal->position = position;
    traversal->last = lua_topointer(L, -2);
    return true;
}

bool bridge_seek(lua_State *L, traversal *traversal, int keys) {
    bridge_meter meter = bridge_start_meter(L);
    rank wanted = bridge_rank_of_key(L, 2);
    lua_Integer low = 0, high = traversal->count;
    while (low < high) {
        lua_Integer middle = high - (high - low) / 2;
        lua_rawgeti(L, keys, middle);
        if (bridge_compare_keys(L, -1, bridge_rank_of_key(L, -1), 2, wanted, &meter) <= 0) low = middle;
        else high = middle - 1;
        lua_pop(L, 1);
    }
    traversal->position = low;
    return low > 0;
}
