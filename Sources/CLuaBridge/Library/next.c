#include "traversal.h"

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

struct bridge_traversals {
    uint64_t clock;
    cached_traversal entries[CACHED_TRAVERSALS];  // the keys of each are a user value
};

typedef struct bridge_traversals traversal_cache;

static const char key_traversals = 0;

void bridge_open_traversals(lua_State *L) {
    bridge_find_hash_sizes(L);
    traversal_cache *cache = lua_newuserdatauv(L, sizeof *cache, CACHED_TRAVERSALS);
    memset(cache, 0, sizeof *cache);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &key_traversals);
    bridge_context_of(L)->traversals = cache;
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
        bridge_spend(&meter, BRIDGE_STEPS_OF_KEY);
        rank of = bridge_rank_of_key(L, -1);
        if (lua_isnil(L, 3) || bridge_compare_keys(L, -1, of, 3, least, &meter) < 0) {
            least = of;
            lua_copy(L, -1, 3);
        }
    }
    if (lua_isnil(L, 3)) return 1;
    lua_pushvalue(L, 3);
    lua_rawget(L, 1);
    return 2;
}

static int first_by_hand(lua_State *L) {
    cached_traversal *entry = find_cached(L, bridge_context_of(L)->traversals);
    if (entry != NULL) entry->superseded = true;
    lua_pushinteger(L, 1);
    if (lua_rawgeti(L, 1, 1) != LUA_TNIL) return 2;
    return push_least(L);
}

// The step from the key at 2, which no run of integers leads on from.
static int next_by_hand(lua_State *L) {
    traversal_cache *cache = bridge_context_of(L)->traversals;
    cached_traversal *entry = find_cached(L, cache);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &key_traversals);
    if (entry != NULL) {
        lua_getiuservalue(L, 3, place_of_keys(cache, entry));
        bool goes_on = bridge_is_last(L, &entry->traversal, 4)
            || (!entry->superseded && bridge_seek(L, &entry->traversal, 4));
        if (!goes_on) {
            drop_cached(L, cache, entry);
            entry = NULL;
        }
    }
    if (entry == NULL) {
        lua_settop(L, 3);
        lua_Integer count = bridge_push_snapshot(L, 2);
        if (count == 0) {
            lua_pushnil(L);
            return 1;
        }
        entry = cache_snapshot(L, cache, count);
    }
    entry->used = ++cache->clock;
    if (bridge_advance(L, &entry->traversal, 4)) return 2;
    drop_cached(L, cache, entry);
    lua_pushnil(L);
    return 1;
}

// The step from an integer key, of which the next one is not in the table: whether that is seen to be the last key
// without a pass over all, as it ends an array beside which there is nothing.
static bool is_end_of_array(lua_State *L, lua_Integer key) {
    if (!bridge_has_small_hash(L, 1)) return false;
    // What lua_next has yet to yield is then the rest of the array, which is in order, and one other key, if any. It
    // takes only a key that is there.
    lua_settop(L, 2);
    bool is_there = lua_rawgeti(L, 1, key) != LUA_TNIL;
    lua_pushvalue(L, 2);
    return is_there && lua_next(L, 1) == 0;
}

// next(table, key), but a key that is not in the table leads to the one that would come after it, where stock Lua
// raises, or does not, as the garbage collector has it.
int bridge_next(lua_State *L) {
    // Calls into liblua are what a step costs: there are few.
    if (lua_type(L, 1) != LUA_TTABLE) luaL_checktype(L, 1, LUA_TTABLE);
    int type = lua_type(L, 2);
    if (type == LUA_TNUMBER) {
        int is_integer;
        lua_Integer key = lua_tointegerx(L, 2, &is_integer);
        if (is_integer && key >= 1 && key < LUA_MAXINTEGER) {
            lua_pushinteger(L, key + 1);
            if (lua_rawgeti(L, 1, key + 1) != LUA_TNIL) return 2;  // a record itself has nothing: it is looked for later
            lua_settop(L, 2);
            bridge_use_fields(L);
            if (is_end_of_array(L, key)) {
                lua_pushnil(L);
                return 1;
            }
        } else if (!is_integer && !lua_rawequal(L, 2, 2)) {
            lua_pushliteral(L, "invalid key to 'next'");  // NaN, which has no place in any order
            return lua_error(L);
        }
    }
    lua_settop(L, 2);
    bridge_use_fields(L);
    return type == LUA_TNIL || type == LUA_TNONE ? first_by_hand(L) : next_by_hand(L);
}
