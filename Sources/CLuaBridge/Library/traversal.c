// `pairs` and `next` in a defined order, the same in every process, where liblua's follows hashes of a random seed.
//
// The order: the positive integers ascending; all other numbers ascending; strings by their bytes; false, true; then
// what has no order of its own by its creation: tables, functions, coroutines, userdata. Light C functions and light
// userdata have no serial, as they are no objects: they come last, by their address.
//
// As long as t[1], t[2], t[3] ... are there, a traversal needs nothing but the last key. Where that run ends, one raw
// pass collects the keys that come after it, if any, and sorts them into a snapshot, from which the traversal goes on.
//
// As in stock Lua, fields may be assigned to and cleared during a traversal. Whether it finds fields that are added
// meanwhile is not defined, and where they move integers about in the table, it can fail as the stock one does.

#include "../internal.h"

// MARK: The order of keys

// Keys of a later class come after those of an earlier one.
typedef enum key_class {
    CLASS_POSITIVE,        // integers from 1
    CLASS_LOW_FLOAT,       // below all integers
    CLASS_NUMBER,          // other integers, and floats among them
    CLASS_HIGH_FLOAT,      // above all integers
    CLASS_STRING,
    CLASS_BOOLEAN,
    CLASS_OBJECT,          // has a serial
    CLASS_LIGHT_FUNCTION,
    CLASS_LIGHT_USERDATA,
} key_class;

// A key's place in the order as one number, so that sorting takes one comparison for most pairs: from the top the class
// (8 bits), a prefix that ascends within the class (64), a finer part (4), and room for what the key is found by (52).
// It may lie in a userdata, which is aligned to 8 bytes only.
typedef unsigned __int128 rank __attribute__((aligned(8)));

#define RANK_INDEX_BITS 52
#define RANK_INDEX_MASK (((rank)1 << RANK_INDEX_BITS) - 1)

static inline rank make_rank(key_class class, uint64_t prefix, unsigned fine) {
    return (rank)class << 120 | (rank)prefix << 56 | (rank)fine << RANK_INDEX_BITS;
}

static inline key_class class_of_rank(rank of) { return (key_class)(of >> 120); }
static inline unsigned fine_of_rank(rank of) { return (unsigned)(of >> RANK_INDEX_BITS) & 0xF; }

// Up to 8 bytes of a string from `offset` on, the first one highest; how many there are is the finer part, as "a" comes
// before "a\0".
static inline rank rank_of_bytes(const char *bytes, size_t length, size_t offset) {
    size_t left = length - offset;
    uint64_t prefix = 0;
    if (left >= 8) {
        memcpy(&prefix, bytes + offset, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        prefix = __builtin_bswap64(prefix);
#endif
        left = 8;
    } else {
        for (size_t i = 0; i < left; i++) prefix |= (uint64_t)(uint8_t)bytes[offset + i] << (56 - 8 * i);
    }
    return make_rank(CLASS_STRING, prefix, (unsigned)left);
}

// A float's bits so that they ascend with its value.
static uint64_t ascending_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static rank rank_of_number(lua_State *L, int index) {
    const uint64_t sign = (uint64_t)1 << 63;
    int is_integer;
    lua_Integer integer = lua_tointegerx(L, index, &is_integer);  // for a float with such a value too, as Lua's keys
    if (is_integer) {
        if (integer >= 1) return make_rank(CLASS_POSITIVE, (uint64_t)integer, 0);
        return make_rank(CLASS_NUMBER, (uint64_t)integer ^ sign, 0);
    }
    double value = lua_tonumber(L, index);
    if (value >= 0x1p63) return make_rank(CLASS_HIGH_FLOAT, ascending_bits(value), 0);
    if (value < -0x1p63) return make_rank(CLASS_LOW_FLOAT, ascending_bits(value), 0);
    // It has a fraction, so it stands above the integer below it.
    lua_Integer below = (lua_Integer)value;
    if ((double)below > value) below--;
    return make_rank(CLASS_NUMBER, (uint64_t)below ^ sign, 1);
}

static rank rank_of_key(lua_State *L, int index) {
    int type = lua_type(L, index);
    if (type == LUA_TSTRING) {
        size_t length;
        const char *bytes = lua_tolstring(L, index, &length);
        return rank_of_bytes(bytes, length, 0);
    }
    if (type == LUA_TNUMBER) return rank_of_number(L, index);
    if (type == LUA_TBOOLEAN) return make_rank(CLASS_BOOLEAN, (uint64_t)lua_toboolean(L, index), 0);
    uint64_t serial = bridge_serial(L, index);
    if (serial != 0) return make_rank(CLASS_OBJECT, serial, 0);
    bool is_function = type == LUA_TFUNCTION;
    uint64_t address = (uint64_t)(uintptr_t)lua_topointer(L, index);
    return make_rank(is_function ? CLASS_LIGHT_FUNCTION : CLASS_LIGHT_USERDATA, address, 0);
}

// Whether different keys can have this rank.
static inline bool is_coarse(rank of) {
    key_class class = class_of_rank(of);
    return (class == CLASS_STRING && fine_of_rank(of) == 8) || (class == CLASS_NUMBER && fine_of_rank(of) == 1);
}

// Strings may be long enough to be compared in pieces.
#define BYTES_OF_PIECE 65536
#define BYTES_OF_STEP 1024

static int compare_bytes(const char *a, size_t length_of_a, const char *b, size_t length_of_b, bridge_meter *meter) {
    size_t left = length_of_a < length_of_b ? length_of_a : length_of_b;
    while (left > 0) {
        size_t piece = left < BYTES_OF_PIECE ? left : BYTES_OF_PIECE;
        bridge_spend(meter, 1 + (int32_t)(piece / BYTES_OF_STEP));
        int order = memcmp(a, b, piece);
        if (order != 0) return order;
        a += piece;
        b += piece;
        left -= piece;
    }
    return (length_of_a > length_of_b) - (length_of_a < length_of_b);
}

// Less than, equal to or greater than 0 as the key at `a`, of the rank `of_a`, comes before, is, or comes after the one
// at `b`.
static int compare_keys(lua_State *L, int a, rank of_a, int b, rank of_b, bridge_meter *meter) {
    if (of_a != of_b) return of_a < of_b ? -1 : 1;
    if (!is_coarse(of_a)) return 0;
    if (class_of_rank(of_a) == CLASS_NUMBER) {
        double x = lua_tonumber(L, a), y = lua_tonumber(L, b);
        return (x > y) - (x < y);
    }
    size_t length_of_a, length_of_b;
    const char *x = lua_tolstring(L, a, &length_of_a);
    const char *y = lua_tolstring(L, b, &length_of_b);
    return compare_bytes(x, length_of_a, y, length_of_b, meter);
}

// MARK: Sorting ranks

#define SHORT_RUN 8
#define MERGED_AT_ONCE 1024

static void sort_short_run(rank *ranks, size_t count) {
    for (size_t i = 1; i < count; i++) {
        rank moved = ranks[i];
        size_t j = i;
        for (; j > 0 && moved < ranks[j - 1]; j--) ranks[j] = ranks[j - 1];
        ranks[j] = moved;
    }
}

static void merge(const rank *left, size_t left_count, const rank *right, size_t right_count, rank *to,
                  bridge_meter *meter) {
    const rank *left_end = left + left_count, *right_end = right + right_count;
    while (left < left_end && right < right_end) {
        // So many steps can't pass either end, and without a branch to foresee they are fast.
        size_t steps = (size_t)(left_end - left), most = (size_t)(right_end - right);
        if (steps > most) steps = most;
        if (steps > MERGED_AT_ONCE) steps = MERGED_AT_ONCE;
        for (size_t i = 0; i < steps; i++) {
            rank a = *left, b = *right;
            bool takes_right = b < a;
            *to++ = takes_right ? b : a;
            right += takes_right;
            left += !takes_right;
        }
        bridge_spend(meter, 1 + (int32_t)steps / 8);
    }
    memcpy(to, left, (size_t)(left_end - left) * sizeof(rank));
    memcpy(to + (left_end - left), right, (size_t)(right_end - right) * sizeof(rank));
}

// Sorts `count` ranks with as many as scratch.
static void sort_ranks(rank *ranks, rank *scratch, size_t count, bridge_meter *meter) {
    for (size_t i = 0; i < count; i += SHORT_RUN) {
        sort_short_run(ranks + i, count - i < SHORT_RUN ? count - i : SHORT_RUN);
        bridge_spend(meter, 1);
    }
    rank *from = ranks, *to = scratch;
    for (size_t width = SHORT_RUN; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            size_t left = count - i < width ? count - i : width;
            size_t right = count - i - left < width ? count - i - left : width;
            if (right == 0 || from[i + left - 1] < from[i + left]) {
                memcpy(to + i, from + i, (left + right) * sizeof(rank));
                bridge_spend(meter, 1 + (int32_t)((left + right) / 64));
            } else {
                merge(from + i, left, from + i + left, right, to + i, meter);
            }
        }
        rank *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != ranks) memcpy(ranks, from, count * sizeof(rank));
}

// MARK: Collecting keys

// What a key costs in a raw pass, where most of a large table comes from memory.
#define STEPS_OF_KEY 4

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

// Collects all keys of the table at 1, or those that come after the one at `after`; where `follows` is set, those are
// after it in raw order too.
static void collect_keys(collection *keys, int after, bool follows) {
    lua_State *L = keys->L;
    rank of_after = after != 0 ? rank_of_key(L, after) : 0;
    if (follows) lua_pushvalue(L, after);
    else lua_pushnil(L);
    while (lua_next(L, 1) != 0) {
        lua_pop(L, 1);
        bridge_spend(&keys->meter, STEPS_OF_KEY);
        rank of = rank_of_key(L, -1);
        if (after != 0 && compare_keys(L, -1, of, after, of_after, &keys->meter) <= 0) continue;
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
            int order = compare_keys(L, -2, coarse, -1, coarse, &keys->meter);
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
            finer = make_rank(CLASS_NUMBER, ascending_bits(lua_tonumber(L, -1)), 0);
        } else {
            size_t length;
            const char *bytes = lua_tolstring(L, -1, &length);
            finer = rank_of_bytes(bytes, length, offset);
        }
        lua_pop(L, 1);
        ranks[i] = finer | (ranks[i] & RANK_INDEX_MASK);
        bridge_spend(&keys->meter, 1);
    }
    sort_ranks(ranks, keys->scratch, count, &keys->meter);
    sort_all_ties(keys, ranks, count, offset, depth + 1);
}

// MARK: Snapshots

// Pushes a table of the keys in order that come after the one at `after` (0: of all keys) in the table at 1, and before
// them that key itself; returns how many there are with it. Pushes nothing and returns 0 where no key comes after it.
static lua_Integer push_snapshot(lua_State *L, int after, bool follows) {
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
    collect_keys(&keys, after, follows);
    if (keys.count == 0) {
        lua_settop(L, keys.base);
        return 0;
    }
    if (keys.spilled) keys.scratch = lua_newuserdatauv(L, keys.count * sizeof(rank), 0);
    sort_ranks(keys.ranks, keys.scratch, keys.count, &keys.meter);
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

// Where a traversal stands in a snapshot of its table's keys.
typedef struct traversal {
    const void *table;
    lua_Integer count;
    lua_Integer position;  // of the key that was returned last
    const void *last;      // that key's address, which tells it apart from all others, or NULL for one without
} traversal;

// Whether the key at 2 is the one that was returned last. `keys` is where the snapshot is.
static inline bool is_last(lua_State *L, const traversal *traversal, int keys) {
    const void *address = lua_topointer(L, 2);
    if (address != NULL || traversal->last != NULL) return address == traversal->last;
    lua_rawgeti(L, keys, traversal->position);
    bool same = lua_rawequal(L, -1, 2);
    lua_pop(L, 1);
    return same;
}

// Pushes the next key that still has a value, and the value; or pushes nothing and returns false at the end.
static bool advance(lua_State *L, traversal *traversal, int keys) {
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

// Puts the traversal at the key at 2, or at the last one before it; false where the snapshot holds none.
static bool seek(lua_State *L, traversal *traversal, int keys) {
    bridge_meter meter = bridge_start_meter(L);
    rank wanted = rank_of_key(L, 2);
    lua_Integer low = 0, high = traversal->count;
    while (low < high) {
        lua_Integer middle = high - (high - low) / 2;
        lua_rawgeti(L, keys, middle);
        if (compare_keys(L, -1, rank_of_key(L, -1), 2, wanted, &meter) <= 0) low = middle;
        else high = middle - 1;
        lua_pop(L, 1);
    }
    traversal->position = low;
    return low > 0;
}

// MARK: next

// The traversals by `next` that went on last. A table is known by its address and its serial, so that none is kept
// alive; the keys are, until the traversal ends or others take its place.
#define CACHED_TRAVERSALS 8

typedef struct cached_traversal {
    traversal traversal;
    uint64_t serial;
    uint64_t used;
    bool superseded;  // another traversal of the table began: only who goes on from the last key may still use this one
} cached_traversal;

typedef struct traversal_cache {
    uint64_t clock;
    cached_traversal entries[CACHED_TRAVERSALS];  // the keys of each are a user value
} traversal_cache;

static const char key_traversals = 0;

void bridge_open_traversals(lua_State *L) {
    traversal_cache *cache = lua_newuserdatauv(L, sizeof *cache, CACHED_TRAVERSALS);
    memset(cache, 0, sizeof *cache);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_traversals);
}

// The place of the keys among the cache's user values.
static inline int place_of_keys(const traversal_cache *cache, const cached_traversal *entry) {
    return (int)(entry - cache->entries) + 1;
}

// The entry for the table at 1, or NULL.
static cached_traversal *find_cached(lua_State *L, traversal_cache *cache) {
    const void *table = lua_topointer(L, 1);
    for (int i = 0; i < CACHED_TRAVERSALS; i++) {
        cached_traversal *entry = &cache->entries[i];
        if (entry->traversal.table == table && entry->serial == bridge_serial(L, 1)) return entry;
    }
    return NULL;
}

// Lets the keys go. The cache is at 3.
static void drop_cached(lua_State *L, traversal_cache *cache, cached_traversal *entry) {
    *entry = (cached_traversal){0};
    lua_pushnil(L);
    lua_setiuservalue(L, 3, place_of_keys(cache, entry));
}

// Takes the snapshot on top of the stack, and leaves it there, in the place of the entry that was used the longest ago.
static cached_traversal *cache_snapshot(lua_State *L, traversal_cache *cache, lua_Integer count) {
    cached_traversal *entry = cache->entries;
    for (int i = 1; i < CACHED_TRAVERSALS; i++) {
        if (cache->entries[i].used < entry->used) entry = &cache->entries[i];
    }
    *entry = (cached_traversal){
        .traversal = {.table = lua_topointer(L, 1), .count = count, .position = 1},
        .serial = bridge_serial(L, 1),
    };
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 3, place_of_keys(cache, entry));
    return entry;
}

// The first key in order and its value, or nil: found without sorting, as `next(t) == nil` is how Lua asks whether a
// table is empty.
static int push_least(lua_State *L) {
    bridge_meter meter = bridge_start_meter(L);
    rank least = 0;
    lua_settop(L, 2);
    lua_settop(L, 3);
    for (lua_pushnil(L); lua_next(L, 1) != 0;) {
        lua_pop(L, 1);
        bridge_spend(&meter, STEPS_OF_KEY);
        rank of = rank_of_key(L, -1);
        if (lua_isnil(L, 3) || compare_keys(L, -1, of, 3, least, &meter) < 0) {
            least = of;
            lua_copy(L, -1, 3);
        }
    }
    if (lua_isnil(L, 3)) return 1;
    lua_pushvalue(L, 3);
    lua_rawget(L, 1);
    return 2;
}

static traversal_cache *push_cache(lua_State *L) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_traversals);
    return lua_touserdata(L, -1);
}

static int first_by_hand(lua_State *L) {
    cached_traversal *entry = find_cached(L, push_cache(L));
    if (entry != NULL) entry->superseded = true;
    lua_pushinteger(L, 1);
    if (lua_rawgeti(L, 1, 1) != LUA_TNIL) return 2;
    return push_least(L);
}

// The step from the key at 2, which no run of integers leads on from.
static int next_by_hand(lua_State *L) {
    traversal_cache *cache = push_cache(L);
    cached_traversal *entry = find_cached(L, cache);
    if (entry != NULL) {
        lua_getiuservalue(L, 3, place_of_keys(cache, entry));
        bool goes_on = is_last(L, &entry->traversal, 4)
            || (!entry->superseded && seek(L, &entry->traversal, 4));
        if (!goes_on) {
            drop_cached(L, cache, entry);
            entry = NULL;
        }
    }
    if (entry == NULL) {
        lua_settop(L, 3);
        lua_Integer count = push_snapshot(L, 2, false);
        if (count == 0) {
            lua_pushnil(L);
            return 1;
        }
        entry = cache_snapshot(L, cache, count);
    }
    entry->used = ++cache->clock;
    if (advance(L, &entry->traversal, 4)) return 2;
    drop_cached(L, cache, entry);
    lua_pushnil(L);
    return 1;
}

// next(table, key), but a key that is not in the table leads to the one that would come after it, where stock Lua
// raises, or does not, as the garbage collector has it.
int bridge_next(lua_State *L) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    int type = lua_type(L, 2);
    if (type == LUA_TNIL) return first_by_hand(L);
    if (type == LUA_TNUMBER) {
        int is_integer;
        lua_Integer integer = lua_tointegerx(L, 2, &is_integer);
        if (is_integer && integer >= 1 && integer < LUA_MAXINTEGER) {
            lua_pushinteger(L, integer + 1);
            if (lua_rawgeti(L, 1, integer + 1) != LUA_TNIL) return 2;
            lua_settop(L, 2);
        }
        if (!is_integer && !lua_rawequal(L, 2, 2)) {
            lua_pushliteral(L, "invalid key to 'next'");  // NaN, which has no place in any order
            return lua_error(L);
        }
    }
    return next_by_hand(L);
}

// MARK: pairs

// The iterator's upvalues: its iteration, the snapshot and the table that this is about.
enum { ITERATION = 1, KEYS = 2, TABLE = 3 };

typedef enum iteration_phase {
    // 1, 2, 3 ... are what lua_next yields too, from the start: all other keys come later in its order.
    PHASE_FOLLOWING,
    // It yielded something else, but the next integer is there.
    PHASE_COUNTING,
    // The run of integers ended.
    PHASE_SNAPSHOT,
} iteration_phase;

typedef struct iteration {
    traversal traversal;
    iteration_phase phase;
    lua_Integer run;  // the integer that was returned last, or 0
} iteration;

static void set_upvalue(lua_State *L, int upvalue, int index) {
    lua_pushvalue(L, index);
    lua_replace(L, lua_upvalueindex(upvalue));
}

// Without a table, the iteration's own address stands for it, which no value that a script has can have.
static void begin(iteration *iteration, const void *table) {
    memset(iteration, 0, sizeof *iteration);
    iteration->traversal.table = table != NULL ? table : iteration;
}

// Lets go what belongs to the table at hand, and ends the loop.
static int end_iteration(lua_State *L, iteration *iteration) {
    begin(iteration, NULL);
    lua_settop(L, 0);
    lua_pushnil(L);
    set_upvalue(L, KEYS, 1);
    set_upvalue(L, TABLE, 1);
    return 1;
}

static int go_on(lua_State *L, iteration *iteration) {
    if (advance(L, &iteration->traversal, lua_upvalueindex(KEYS))) return 2;
    return end_iteration(L, iteration);
}

static int enter_snapshot(lua_State *L, iteration *iteration) {
    lua_settop(L, 2);
    bool begins = iteration->run == 0;
    bool follows = iteration->phase == PHASE_FOLLOWING && !begins;
    lua_Integer count = push_snapshot(L, begins ? 0 : 2, follows);
    if (count == 0) return end_iteration(L, iteration);
    lua_replace(L, lua_upvalueindex(KEYS));
    iteration->traversal.count = count;
    iteration->traversal.position = begins ? 0 : 1;
    iteration->traversal.last = NULL;
    iteration->phase = PHASE_SNAPSHOT;
    return go_on(L, iteration);
}

// The step after the integer `run`, which is at 2 (nil for 0), where lua_next doesn't help.
static int count_on(lua_State *L, iteration *iteration) {
    if (iteration->run < LUA_MAXINTEGER) {
        lua_pushinteger(L, iteration->run + 1);
        if (lua_rawgeti(L, 1, iteration->run + 1) != LUA_TNIL) {
            iteration->phase = PHASE_COUNTING;
            iteration->run++;
            return 2;
        }
    }
    return enter_snapshot(L, iteration);
}

static int iterate(lua_State *L);

static int begin_iteration(lua_State *L, iteration *iteration) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    begin(iteration, lua_topointer(L, 1));
    lua_pushnil(L);
    lua_replace(L, lua_upvalueindex(KEYS));
    set_upvalue(L, TABLE, 1);
    return iterate(L);
}

// A script can call the iterator with whatever it likes; with anything but the key that it returned last, it is `next`.
static int iterate(lua_State *L) {
    iteration *iteration = lua_touserdata(L, lua_upvalueindex(ITERATION));
    bool follows_to_end = false;
    if (iteration->traversal.table != lua_topointer(L, 1)) {
        return lua_isnoneornil(L, 2) ? begin_iteration(L, iteration) : bridge_next(L);
    }
    if (iteration->phase == PHASE_SNAPSHOT) {
        if (is_last(L, &iteration->traversal, lua_upvalueindex(KEYS))) return go_on(L, iteration);
        return lua_isnoneornil(L, 2) ? begin_iteration(L, iteration) : bridge_next(L);
    }
    if (iteration->phase == PHASE_FOLLOWING) {
        lua_pushvalue(L, 2);
        if (lua_next(L, 1) == 0) follows_to_end = true;
        else if (lua_isinteger(L, -2) && lua_tointeger(L, -2) == iteration->run + 1) {
            iteration->run++;
            return 2;
        }
    }
    lua_settop(L, 2);
    bool is_at_last = iteration->run == 0 ? lua_isnil(L, 2)
                                          : lua_isinteger(L, 2) && lua_tointeger(L, 2) == iteration->run;
    if (!is_at_last) return lua_isnil(L, 2) ? begin_iteration(L, iteration) : bridge_next(L);
    return follows_to_end ? end_iteration(L, iteration) : count_on(L, iteration);
}

static int end_pairs(lua_State *L, int status, lua_KContext context) {
    (void)L, (void)status, (void)context;
    return 3;
}

int bridge_pairs(lua_State *L) {
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        lua_pushvalue(L, 1);
        lua_callk(L, 1, 3, 0, end_pairs);
        return 3;
    }
    lua_settop(L, 1);
    iteration *iteration = lua_newuserdatauv(L, sizeof *iteration, 0);
    begin(iteration, lua_istable(L, 1) ? lua_topointer(L, 1) : NULL);
    lua_pushnil(L);
    lua_pushvalue(L, 1);
    lua_pushcclosure(L, iterate, TABLE);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
    return 3;
}
