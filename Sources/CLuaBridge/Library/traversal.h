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
// meanwhile is not defined.

#ifndef CLUABRIDGE_TRAVERSAL_H
#define CLUABRIDGE_TRAVERSAL_H

#include "libraries.h"

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

// Whether different keys can have this rank.
static inline bool is_coarse(rank of) {
    key_class class = class_of_rank(of);
    return (class == CLASS_STRING && fine_of_rank(of) == 8) || (class == CLASS_NUMBER && fine_of_rank(of) == 1);
}

// A string's rank by up to 8 of its bytes from `offset` on.
rank bridge_rank_of_bytes(const char *bytes, size_t length, size_t offset);

// A float's bits so that they ascend with its value.
uint64_t bridge_ascending_bits(double value);

rank bridge_rank_of_key(lua_State *L, int index);

// Less than, equal to or greater than 0 as the key at `a`, of the rank `of_a`, comes before, is, or comes after the one
// at `b`.
int bridge_compare_keys(lua_State *L, int a, rank of_a, int b, rank of_b, bridge_meter *meter);

// Sorts `count` ranks with as many as scratch.
void bridge_sort_ranks(rank *ranks, rank *scratch, size_t count, bridge_meter *meter);

// MARK: Snapshots

// What a key costs in a raw pass, where most of a large table comes from memory.
#define BRIDGE_STEPS_OF_KEY 4

// Pushes a table of the keys in order that come after the one at `after` (0: of all keys) in the table at 1, and before
// them that key itself; returns how many there are with it. Pushes nothing and returns 0 where no key comes after it.
lua_Integer bridge_push_snapshot(lua_State *L, int after);

// Where a traversal stands in a snapshot of its table's keys.
typedef struct traversal {
    const void *table;
    lua_Integer count;
    lua_Integer position;  // of the key that was returned last
    const void *last;      // that key's address, which tells it apart from all others, or NULL for one without
} traversal;

// Whether the key at 2 is the one that was returned last. `keys` is where the snapshot is.
bool bridge_is_last(lua_State *L, const traversal *traversal, int keys);

// Pushes the next key that still has a value, and the value; or pushes nothing and returns false at the end.
bool bridge_advance(lua_State *L, traversal *traversal, int keys);

// Puts the traversal at the key at 2, or at the last one before it; false where the snapshot holds none.
bool bridge_seek(lua_State *L, traversal *traversal, int keys);

// MARK: Tables

// Replaces a record at 1 by the table of its fields.
static inline void bridge_use_fields(lua_State *L) {
    if (__builtin_expect(!lua_getmetatable(L, 1), 1)) return;
    lua_pop(L, 1);
    if (bridge_push_fields(L, 1)) lua_replace(L, 1);
}

// Whether the table has room for one key at most outside its array; false where that can't be told.
bool bridge_has_small_hash(lua_State *L, int index);

// To be called once before the above.
void bridge_find_hash_sizes(lua_State *L);

#endif
