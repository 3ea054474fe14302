// The life of a universe, and its memory.

#include "internal.h"

const char bridge_key_privileged = 0;
const char bridge_key_anchors = 0;
const char bridge_key_errors = 0;
const char bridge_key_classes = 0;
const char bridge_key_tracebacks = 0;

static void *allocate(void *ud, void *block, size_t old_size, size_t new_size) {
    bridge_context *context = ud;
    if (block == NULL) old_size = 0;  // Lua passes the type of the new object there
    if (new_size == 0) {
        free(block);
        context->memory_used -= old_size;
        return NULL;
    }
    void *fresh = realloc(block, new_size);
    if (fresh != NULL) context->memory_used += new_size - old_size;
    return fresh;
}

// Memory that the host itself needs to speak to Lua; without it the process can't go on, as Swift's own can't.
void bridge_buffer_grow(bridge_buffer *buffer, size_t extra) {
    size_t capacity = buffer->capacity < 256 ? 256 : buffer->capacity;
    while (capacity - buffer->length < extra) capacity *= 2;
    uint8_t *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) abort();
    buffer->bytes = bytes;
    buffer->capacity = capacity;
}

static void new_registry_table(lua_State *L, const char *key, const char *mode) {
    lua_newtable(L);
    if (mode != NULL) {
        lua_newtable(L);
        lua_pushstring(L, mode);
        lua_setfield(L, -2, "__mode");
        lua_setmetatable(L, -2);
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

static int open_protected(lua_State *L) {
    new_registry_table(L, &bridge_key_privileged, NULL);
    new_registry_table(L, &bridge_key_anchors, NULL);
    new_registry_table(L, &bridge_key_errors, "k");
    new_registry_table(L, &bridge_key_classes, NULL);
    new_registry_table(L, &bridge_key_tracebacks, NULL);
    bridge_open_globals(L);
    return 0;
}

bridge_context *bridge_open(void *host, bridge_task_callbacks tasks) {
    bridge_context *context = calloc(1, sizeof *context);
    if (context == NULL) return NULL;
    context->host = host;
    context->tasks = tasks;
    lua_State *L = lua_newstate(allocate, context);
    if (L == NULL) {
        free(context);
        return NULL;
    }
    context->main = L;
    *(uintptr_t *)lua_getextraspace(L) = (uintptr_t)context;  // every new coroutine inherits it
    lua_pushcfunction(L, open_protected);
    if (lua_pcall(L, 0, 0, 0) != LUA_OK) {
        bridge_close(context);
        return NULL;
    }
    return context;
}

size_t bridge_close(bridge_context *context) {
    lua_close(context->main);
    bridge_forget_thread(context);
    size_t leaked = context->memory_used;
    free(context->outbox.bytes);
    free(context);
    return leaked;
}
