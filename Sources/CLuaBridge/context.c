// The life of a universe.

#include "internal.h"

const char bridge_key_privileged = 0;
const char bridge_key_anchors = 0;
const char bridge_key_errors = 0;
const char bridge_key_classes = 0;
const char bridge_key_forms = 0;
const char bridge_key_tracebacks = 0;

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
    bridge_context *context = bridge_context_of(L);
    new_registry_table(L, &bridge_key_privileged, NULL);
    new_registry_table(L, &bridge_key_anchors, NULL);
    new_registry_table(L, &bridge_key_errors, "k");
    new_registry_table(L, &bridge_key_classes, NULL);
    new_registry_table(L, &bridge_key_forms, "k");
    new_registry_table(L, &bridge_key_tracebacks, NULL);
    // Lua makes this string where it has no way left to report that there is no memory for it.
    lua_pushliteral(L, "error in error handling");
    luaL_ref(L, LUA_REGISTRYINDEX);
    bridge_open_globals(L, context->configuration.seed);
    return 0;
}

bridge_context *bridge_open(void *host, bridge_task_callbacks tasks, bridge_configuration configuration) {
    bridge_context *context = calloc(1, sizeof *context);
    if (context == NULL) return NULL;
    context->host = host;
    context->tasks = tasks;
    context->configuration = configuration;
    lua_State *L = bridge_new_state(context);
    if (L == NULL) {
        arena_close(&context->arena);
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
    bridge_disarm(context, L);
    return context;
}

size_t bridge_close(bridge_context *context) {
    if (!context->is_abandoned) lua_close(context->main);
    bridge_forget_thread(context);
    bridge_stop_cpu_timer(context);
    size_t leaked = context->is_abandoned ? 0 : context->memory_used - context->memory_held;
    arena_close(&context->arena);
    bridge_forget_coverage(context);
    free(context->outbox.bytes);
    free(context->end_traceback);
    free(context);
    return leaked;
}
