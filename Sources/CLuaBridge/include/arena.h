// Memory of one universe, apart from malloc's: thrown away whole where Lua can't be left in good order.

#ifndef CLUABRIDGE_ARENA_H
#define CLUABRIDGE_ARENA_H

#include <stddef.h>

typedef struct arena_chunk arena_chunk;
typedef struct arena_slab arena_slab;
typedef struct arena_large_block arena_large_block;

// Steps of 16 bytes up to 1 KiB, then four to each doubling up to 64 KiB.
#define ARENA_SMALL_CLASSES 64
#define ARENA_CLASSES (ARENA_SMALL_CLASSES + 24)

typedef struct arena {
    arena_chunk *chunks;
    arena_slab *empty_slabs;
    arena_slab *slabs[ARENA_CLASSES];  // of each class, those that have room
    arena_large_block *large_blocks;
    size_t touched;  // bytes of memory that blocks took from the system and that serve no other class
} arena;

// Blocks are aligned to 16 bytes; their sizes are the caller's to remember. NULL when the system has no memory.
void *arena_allocate(arena *arena, size_t size);
void *arena_reallocate(arena *arena, void *block, size_t old_size, size_t new_size);
void arena_free(arena *arena, void *block, size_t size);

// Gives all of it back, whatever is still in use.
void arena_close(arena *arena);

#endif
