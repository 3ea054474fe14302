// The size of a table's hash part, which liblua keeps in a byte of each table, but has no function to tell.

#include "traversal.h"

// How a table begins in Lua 5.4 (lobject.h).
typedef struct table_head {
    void *next_object;
    uint8_t type;
    uint8_t mark;
    uint8_t absent_metamethods;
    uint8_t log2_of_hash_size;
} table_head;

static bool has_hash_size(lua_State *L, int index, uint8_t log2_of_size) {
    const table_head *head = lua_topointer(L, index);
    return head->log2_of_hash_size == log2_of_size;
}

// The layout is no part of liblua's interface: it counts only if it is found in tables of known sizes.
void bridge_find_hash_sizes(lua_State *L) {
    static const struct { int keys; uint8_t log2_of_size; } known[] = {{0, 0}, {1, 0}, {2, 1}, {3, 2}, {64, 6}, {65, 7}};
    bool is_known = true;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        lua_createtable(L, 5, known[i].keys);
        is_known = is_known && has_hash_size(L, -1, known[i].log2_of_size);
        lua_pop(L, 1);
    }
    bridge_context_of(L)->knows_hash_sizes = is_known;
}

bool bridge_has_small_hash(lua_State *L, int index) {
    return bridge_context_of(L)->knows_hash_sizes && has_hash_size(L, index, 0);
}
