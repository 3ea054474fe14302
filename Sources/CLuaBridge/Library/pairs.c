#include "traversal.h"

// The iterator's upvalues: its iteration, the snapshot and the table that this is about.
enum { ITERATION = 1, KEYS = 2, TABLE = 3 };

typedef struct iteration {
    traversal traversal;
    bool has_snapshot;
    lua_Integer run;  // until then: the integer that was returned last, or 0
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
    if (bridge_advance(L, &iteration->traversal, lua_upvalueindex(KEYS))) return 2;
    return end_iteration(L, iteration);
}

static int enter_snapshot(lua_State *L, iteration *iteration) {
    bool begins = iteration->run == 0;
    lua_Integer count = bridge_push_snapshot(L, begins ? 0 : 2);
    if (count == 0) return end_iteration(L, iteration);
    lua_replace(L, lua_upvalueindex(KEYS));
    iteration->traversal.count = count;
    iteration->traversal.position = begins ? 0 : 1;
    iteration->traversal.last = NULL;
    iteration->has_snapshot = true;
    return go_on(L, iteration);
}

// The step after the integer `run`, which is at 2 (nil for 0).
static int count_on(lua_State *L, iteration *iteration) {
    if (iteration->run < LUA_MAXINTEGER) {
        lua_pushinteger(L, iteration->run + 1);
        if (lua_rawgeti(L, 1, iteration->run + 1) != LUA_TNIL) {
            iteration->run++;
            return 2;
        }
    }
    lua_settop(L, 2);
    return enter_snapshot(L, iteration);
}

static int begin_iteration(lua_State *L, iteration *iteration) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 2);
    begin(iteration, lua_topointer(L, 1));
    lua_pushnil(L);
    lua_replace(L, lua_upvalueindex(KEYS));
    set_upvalue(L, TABLE, 1);
    return count_on(L, iteration);
}

static bool is_at_last(lua_State *L, const iteration *iteration) {
    if (iteration->has_snapshot) return bridge_is_last(L, &iteration->traversal, lua_upvalueindex(KEYS));
    if (iteration->run == 0) return lua_isnil(L, 2);
    return lua_isinteger(L, 2) && lua_tointeger(L, 2) == iteration->run;
}

// A script can call the iterator with whatever it likes; with anything but the key that it returned last, it is `next`.
static int iterate(lua_State *L) {
    iteration *iteration = lua_touserdata(L, lua_upvalueindex(ITERATION));
    lua_settop(L, 2);
    bridge_use_fields(L);
    if (iteration->traversal.table == lua_topointer(L, 1) && is_at_last(L, iteration)) {
        return iteration->has_snapshot ? go_on(L, iteration) : count_on(L, iteration);
    }
    return lua_isnil(L, 2) ? begin_iteration(L, iteration) : bridge_next(L);
}

static int end_pairs(lua_State *L, int status, lua_KContext context) {
    (void)L, (void)status, (void)context;
    return 3;
}

// Where `next` finds its way by the key alone, it is the iterator itself, as in stock Lua. Others keep their snapshot in
// a closure, so that any number of traversals can be under way.
int bridge_pairs(lua_State *L) {
    bool is_record = false;
    luaL_checkany(L, 1);
    if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
        if (!bridge_push_fields(L, 1)) {
            lua_pushvalue(L, 1);
            lua_callk(L, 1, 3, 0, end_pairs);
            return 3;
        }
        lua_insert(L, 1);  // a record is traversed by its fields
        is_record = true;
    }
    lua_settop(L, is_record ? 2 : 1);
    if (lua_istable(L, 1) && bridge_has_small_hash(L, 1)) {
        // How large a table's hash part is can depend on its hashes. So that serials don't, one is taken here too.
        bridge_context_of(L)->last_serial++;
        lua_pushvalue(L, lua_upvalueindex(1));
    } else {
        iteration *iteration = lua_newuserdatauv(L, sizeof *iteration, 0);
        begin(iteration, lua_istable(L, 1) ? lua_topointer(L, 1) : NULL);
        lua_pushnil(L);
        lua_pushvalue(L, 1);
        lua_pushcclosure(L, iterate, TABLE);
    }
    lua_pushvalue(L, is_record ? 2 : 1);
    lua_pushnil(L);
    return 3;
}
