#define _GNU_SOURCE  // mremap
#include "arena.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define LARGEST_SMALL ((size_t)ARENA_SMALL_CLASSES * 16)
#define LARGEST_IN_SLAB ((size_t)64 << 10)
#define SLAB ((size_t)512 << 10)
#define SLABS_OF_CHUNK 8
#define CHUNK (SLAB * (SLABS_OF_CHUNK + 1))  // one slab's room is lost to alignment and to the chunk's own header

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED
#endif
#endif

#ifdef IS_SANITIZED
// The sanitizer sees what becomes of malloc's blocks alone. What a universe leaves behind is lost then.
#include <stdlib.h>

void *arena_allocate(arena *arena, size_t size) { return (void)arena, malloc(size); }

void *arena_reallocate(arena *arena, void *block, size_t old_size, size_t new_size) {
    return (void)arena, (void)old_size, realloc(block, new_size);
}

void arena_free(arena *arena, void *block, size_t size) { (void)arena, (void)size, free(block); }

void arena_close(arena *arena) { (void)arena; }

#else

// Blocks of one class. It lies at a multiple of its size, so that a block leads to it.
struct arena_slab {
    arena_slab *next;
    arena_slab *previous;
    void *free;     // blocks that came back
    char *unused;   // what was never given out
    size_t size;    // of a block
    uint32_t live;  // blocks in use
    int index;      // of the class
};

struct arena_chunk {
    arena_chunk *next;
};

struct arena_large_block {
    arena_large_block *next;
    arena_large_block *previous;
    size_t mapped;
    size_t unused;
};

// MARK: Mappings

static void *map(size_t size) {
    void *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return start == MAP_FAILED ? NULL : start;
}

// A few chunks of closed universes are kept: a fresh mapping costs a fault for every page.
#define KEPT_CHUNKS 4
static arena_chunk *kept_chunks;
static int kept_count;
static pthread_mutex_t keeping = PTHREAD_MUTEX_INITIALIZER;

static arena_chunk *take_chunk(void) {
    pthread_mutex_lock(&keeping);
    arena_chunk *chunk = kept_chunks;
    if (chunk != NULL) {
        kept_chunks = chunk->next;
        kept_count--;
    }
    pthread_mutex_unlock(&keeping);
    return chunk != NULL ? chunk : map(CHUNK);
}

static void give_chunk(arena_chunk *chunk) {
    pthread_mutex_lock(&keeping);
    int is_kept = kept_count < KEPT_CHUNKS;
    if (is_kept) {
        chunk->next = kept_chunks;
        kept_chunks = chunk;
        kept_count++;
    }
    pthread_mutex_unlock(&keeping);
    if (!is_kept) munmap(chunk, CHUNK);
}

// MARK: Classes

typedef struct size_class {
    int index;
    size_t size;
} size_class;

static inline size_class class_of(size_t size) {
    if (size <= LARGEST_SMALL) {
        int index = (int)((size + 15) / 16) - 1;
        return (size_class){index, (size_t)(index + 1) * 16};
    }
    int bits = 63 - __builtin_clzll(size - 1);
    int quarter = (int)((size - 1) >> (bits - 2)) & 3;
    return (size_class){ARENA_SMALL_CLASSES + (bits - 10) * 4 + quarter, (size_t)(quarter + 5) << (bits - 2)};
}

// MARK: Slabs

#define HEADER ((sizeof(arena_slab) + 15) & ~(size_t)15)

static inline arena_slab *slab_of(const void *block) { return (arena_slab *)((uintptr_t)block & ~(uintptr_t)(SLAB - 1)); }

static inline bool is_full(const arena_slab *slab) {
    return slab->free == NULL && slab->unused + slab->size > (const char *)slab + SLAB;
}

static void link_slab(arena *arena, arena_slab *slab) {
    slab->previous = NULL;
    slab->next = arena->slabs[slab->index];
    if (slab->next != NULL) slab->next->previous = slab;
    arena->slabs[slab->index] = slab;
}

static void unlink_slab(arena *arena, arena_slab *slab) {
    if (slab->next != NULL) slab->next->previous = slab->previous;
    if (slab->previous != NULL) slab->previous->next = slab->next;
    else arena->slabs[slab->index] = slab->next;
}

static arena_slab *take_slab(arena *arena) {
    if (arena->empty_slabs == NULL) {
        arena_chunk *chunk = take_chunk();
        if (chunk == NULL) return NULL;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        char *first = (char *)slab_of((char *)(chunk + 1) + SLAB - 1);
        for (int i = SLABS_OF_CHUNK; i-- > 0;) {
            arena_slab *slab = (arena_slab *)(first + (size_t)i * SLAB);
            slab->next = arena->empty_slabs;
            arena->empty_slabs = slab;
        }
    }
    arena_slab *slab = arena->empty_slabs;
    arena->empty_slabs = slab->next;
    return slab;
}

static arena_slab *new_slab(arena *arena, size_class class) {
    arena_slab *slab = take_slab(arena);
    if (slab == NULL) return NULL;
    slab->free = NULL;
    slab->unused = (char *)slab + HEADER;
    slab->size = class.size;
    slab->live = 0;
    slab->index = class.index;
    link_slab(arena, slab);
    return slab;
}

// An empty slab serves any class, so that no script can hold memory in all of them in turn.
static void empty_slab(arena *arena, arena_slab *slab, bool was_full) {
    if (!was_full) unlink_slab(arena, slab);
    arena->touched -= (size_t)(slab->unused - (char *)slab) - HEADER;
    slab->next = arena->empty_slabs;
    arena->empty_slabs = slab;
}

// MARK: Large blocks

static size_t mapping_size(size_t size) { return (size + sizeof(arena_large_block) + 4095) & ~(size_t)4095; }

static void link_large(arena *arena, arena_large_block *block) {
    block->previous = NULL;
    block->next = arena->large_blocks;
    if (block->next != NULL) block->next->previous = block;
    arena->large_blocks = block;
}

static void unlink_large(arena *arena, arena_large_block *block) {
    if (block->next != NULL) block->next->previous = block->previous;
    if (block->previous != NULL) block->previous->next = block->next;
    else arena->large_blocks = block->next;
}

static void *allocate_large(arena *arena, size_t size) {
    if (size > SIZE_MAX / 2) return NULL;
    arena_large_block *block = map(mapping_size(size));
    if (block == NULL) return NULL;
    block->mapped = mapping_size(size);
    arena->touched += block->mapped;
    link_large(arena, block);
    return block + 1;
}

static void free_large(arena *arena, void *block) {
    arena_large_block *header = (arena_large_block *)block - 1;
    unlink_large(arena, header);
    arena->touched -= header->mapped;
    munmap(header, header->mapped);
}

#ifdef __linux__
// The system moves the pages, not their bytes.
static void *reallocate_large(arena *arena, void *block, size_t new_size) {
    arena_large_block *header = (arena_large_block *)block - 1;
    size_t mapped = mapping_size(new_size);
    if (mapped == header->mapped) return block;
    unlink_large(arena, header);
    arena_large_block *moved = mremap(header, header->mapped, mapped, MREMAP_MAYMOVE);
    if (moved == MAP_FAILED) {
        link_large(arena, header);
        return mapped < header->mapped ? block : NULL;  // Lua counts on shrinking to succeed
    }
    arena->touched += mapped - moved->mapped;
    moved->mapped = mapped;
    link_large(arena, moved);
    return moved + 1;
}
#endif

// MARK: Blocks

void *arena_allocate(arena *arena, size_t size) {
    if (__builtin_expect(size > LARGEST_IN_SLAB, 0)) return allocate_large(arena, size);
    size_class class = class_of(size);
    arena_slab *slab = arena->slabs[class.index];
    if (slab == NULL && (slab = new_slab(arena, class)) == NULL) return NULL;
    void **block = slab->free;
    if (block != NULL) {
        slab->free = *block;
    } else {
        block = (void **)slab->unused;
        slab->unused += slab->size;
        arena->touched += slab->size;
    }
    slab->live++;
    if (__builtin_expect(is_full(slab), 0)) unlink_slab(arena, slab);
    return block;
}

void arena_free(arena *arena, void *block, size_t size) {
    if (__builtin_expect(size > LARGEST_IN_SLAB, 0)) return free_large(arena, block);
    arena_slab *slab = slab_of(block);
    bool was_full = is_full(slab);
    *(void **)block = slab->free;
    slab->free = block;
    if (--slab->live == 0) empty_slab(arena, slab, was_full);
    else if (__builtin_expect(was_full, 0)) link_slab(arena, slab);
}

void *arena_reallocate(arena *arena, void *block, size_t old_size, size_t new_size) {
    bool is_small = old_size <= LARGEST_IN_SLAB && new_size <= LARGEST_IN_SLAB;
    if (is_small && class_of(old_size).index == class_of(new_size).index) return block;
#ifdef __linux__
    if (old_size > LARGEST_IN_SLAB && new_size > LARGEST_IN_SLAB) return reallocate_large(arena, block, new_size);
#endif
    void *fresh = arena_allocate(arena, new_size);
    if (fresh == NULL) return new_size < old_size ? block : NULL;  // Lua counts on shrinking to succeed
    memcpy(fresh, block, old_size < new_size ? old_size : new_size);
    arena_free(arena, block, old_size);
    return fresh;
}

void arena_close(arena *arena) {
    for (arena_chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        give_chunk(chunk);
    }
    for (arena_large_block *block = arena->large_blocks, *next; block != NULL; block = next) {
        next = block->next;
        munmap(block, block->mapped);
    }
    *arena = (struct arena){0};
}

#endif
