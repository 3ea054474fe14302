#define _GNU_SOURCE  // mremap
#include "arena.h"

#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define CHUNK ((size_t)1 << 20)
#define LARGEST_SMALL ((size_t)ARENA_SMALL_CLASSES * 16)
#define LARGEST_IN_CHUNK ((size_t)128 << 10)

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

struct arena_chunk {
    arena_chunk *next;
    size_t unused;  // keeps what follows aligned
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

static void *allocate_from_chunk(arena *arena, size_t size) {
    if ((size_t)(arena->end - arena->next) < size) {
        // What is left of the chunk was never touched, so it takes no memory.
        arena_chunk *chunk = take_chunk();
        if (chunk == NULL) return NULL;
        chunk->next = arena->chunks;
        arena->chunks = chunk;
        arena->next = (char *)(chunk + 1);
        arena->end = (char *)chunk + CHUNK;
    }
    void *block = arena->next;
    arena->next += size;
    return block;
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
    link_large(arena, block);
    return block + 1;
}

static void free_large(arena *arena, void *block) {
    arena_large_block *header = (arena_large_block *)block - 1;
    unlink_large(arena, header);
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
    if (moved != MAP_FAILED) moved->mapped = mapped;
    link_large(arena, moved != MAP_FAILED ? moved : header);
    return moved != MAP_FAILED ? moved + 1 : NULL;
}
#endif

// MARK: Blocks

void *arena_allocate(arena *arena, size_t size) {
    if (__builtin_expect(size > LARGEST_IN_CHUNK, 0)) return allocate_large(arena, size);
    size_class class = class_of(size);
    void **block = arena->free_lists[class.index];
    if (block == NULL) return allocate_from_chunk(arena, class.size);
    arena->free_lists[class.index] = *block;
    return block;
}

void arena_free(arena *arena, void *block, size_t size) {
    if (__builtin_expect(size > LARGEST_IN_CHUNK, 0)) return free_large(arena, block);
    int index = class_of(size).index;
    *(void **)block = arena->free_lists[index];
    arena->free_lists[index] = block;
}

void *arena_reallocate(arena *arena, void *block, size_t old_size, size_t new_size) {
    int is_small = old_size <= LARGEST_IN_CHUNK && new_size <= LARGEST_IN_CHUNK;
    if (is_small && class_of(old_size).index == class_of(new_size).index) return block;
#ifdef __linux__
    if (old_size > LARGEST_IN_CHUNK && new_size > LARGEST_IN_CHUNK) return reallocate_large(arena, block, new_size);
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
