// Calls from Lua to the host: the one trampoline, and the values that come back.

#include "internal.h"

// MARK: Forms of tables

void bridge_set_form(lua_State *L, int index, bridge_form form) {
    index = lua_absindex(L, index);
    bridge_context_of(L)->has_forms = true;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_forms);
    lua_pushvalue(L, index);
    lua_pushinteger(L, form);
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

bridge_form bridge_form_of(lua_State *L, int index) {
    if (!bridge_context_of(L)->has_forms) return BRIDGE_NO_FORM;
    index = lua_absindex(L, index);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_forms);
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    bridge_form form = lua_isinteger(L, -1) ? (bridge_form)lua_tointegerx(L, -1, NULL) : BRIDGE_NO_FORM;
    lua_pop(L, 2);
    return form;
}

// MARK: Outbox to Lua values

typedef struct reader {
    const uint8_t *next;
    const uint8_t *end;
} reader;

// A host function of the embedding program may announce more than it writes.
static void check_left(lua_State *L, const reader *in, size_t size) {
    if ((size_t)(in->end - in->next) < size) luaL_error(L, "a host function returned values that are incomplete");
}

static uint64_t read_word(lua_State *L, reader *in, size_t size) {
    check_left(L, in, size);
    uint64_t word = 0;
    memcpy(&word, in->next, size);
    in->next += size;
    return word;
}

static void push_string(lua_State *L, reader *in) {
    size_t length = (size_t)read_word(L, in, 8);
    check_left(L, in, length);
    lua_pushlstring(L, (const char *)in->next, length);
    in->next += length;
}

#define MAXIMUM_DEPTH 200

static void push_value(lua_State *L, reader *in, int depth);

static void push_table(lua_State *L, reader *in, int depth) {
    uint32_t elements = (uint32_t)read_word(L, in, 4);
    uint32_t fields = (uint32_t)read_word(L, in, 4);
    luaL_checkstack(L, 3, "value nested too deeply");
    // A hint alone: what is announced isn't there yet.
    lua_createtable(L, elements < 1 << 20 ? (int)elements : 0, fields < 1 << 20 ? (int)fields : 0);
    bridge_meter meter = bridge_start_meter(L);
    for (uint32_t i = 1; i <= elements; i++) {
        bridge_spend(&meter, 4);
        push_value(L, in, depth + 1);
        lua_rawseti(L, -2, i);
    }
    for (uint32_t i = 0; i < fields; i++) {
        bridge_spend(&meter, 8);
        push_value(L, in, depth + 1);
        push_value(L, in, depth + 1);
        lua_rawset(L, -3);
    }
}

static void push_instance(lua_State *L, reader *in, int depth) {
    luaL_checkstack(L, 3, "value nested too deeply");
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_classes);
    push_string(L, in);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    push_value(L, in, depth + 1);
    lua_insert(L, -2);
    if (lua_istable(L, -1)) lua_setmetatable(L, -2);
    else lua_pop(L, 1);
}

static void push_record(lua_State *L, reader *in, int depth) {
    luaL_checkstack(L, 3, "value nested too deeply");
    push_value(L, in, depth + 1);
    bridge_seal_record(L);
}

static void push_formed_table(lua_State *L, reader *in, int depth) {
    luaL_checkstack(L, 4, "value nested too deeply");
    bridge_form form = (bridge_form)read_word(L, in, 1);
    push_value(L, in, depth + 1);
    if (lua_istable(L, -1)) bridge_set_form(L, -1, form);
}

static void push_value(lua_State *L, reader *in, int depth) {
    if (depth > MAXIMUM_DEPTH) luaL_error(L, "a host function returned a value nested deeper than %d levels", MAXIMUM_DEPTH);
    check_left(L, in, 1);
    switch ((bridge_tag)*in->next++) {
    case BRIDGE_NIL: lua_pushnil(L); return;
    case BRIDGE_FALSE: lua_pushboolean(L, 0); return;
    case BRIDGE_TRUE: lua_pushboolean(L, 1); return;
    case BRIDGE_INTEGER: lua_pushinteger(L, (lua_Integer)read_word(L, in, 8)); return;
    case BRIDGE_NUMBER: {
        uint64_t bits = read_word(L, in, 8);
        lua_Number number;
        memcpy(&number, &bits, 8);
        lua_pushnumber(L, number);
        return;
    }
    case BRIDGE_STRING: push_string(L, in); return;
    case BRIDGE_TABLE: push_table(L, in, depth); return;
    case BRIDGE_CLASS: push_instance(L, in, depth); return;
    case BRIDGE_NULL: lua_pushlightuserdata(L, NULL); return;
    case BRIDGE_FORM: push_formed_table(L, in, depth); return;
    case BRIDGE_RECORD: push_record(L, in, depth); return;
    }
}

int bridge_push_outbox(lua_State *L, bridge_context *context) {
    reader in = {context->outbox.bytes, context->outbox.bytes + context->outbox.length};
    int count = 0;
    while (in.next < in.end) {
        luaL_checkstack(L, 1, "too many results");
        push_value(L, &in, 0);
        count++;
    }
    return count;
}

// MARK: Errors

void bridge_make_error(lua_State *L) {
    if (!lua_istable(L, -1)) return;
    if (lua_getfield(L, -1, "traceback") == LUA_TNIL) {
        luaL_traceback(L, L, NULL, 1);
        lua_setfield(L, -3, "traceback");
    }
    lua_pop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_classes);
    lua_getfield(L, -1, "error");
    lua_setmetatable(L, -3);
    lua_pop(L, 1);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_errors);
    lua_pushvalue(L, -2);
    lua_getfield(L, -3, "kind");
    lua_rawset(L, -3);
    lua_pop(L, 1);
}

int bridge_raise_outbox(lua_State *L, bridge_context *context) {
    bridge_push_outbox(L, context);
    bridge_make_error(L);
    return lua_error(L);
}

const char *bridge_error_kind(lua_State *L, int index) {
    if (!lua_istable(L, index) || !lua_checkstack(L, 2)) return NULL;
    index = lua_absindex(L, index);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_errors);
    lua_pushvalue(L, index);
    lua_rawget(L, -2);
    // Kinds are short strings that the error itself holds on to.
    const char *kind = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 2);
    return kind;
}

int bridge_refuse_wait(lua_State *L) {
    lua_createtable(L, 0, 4);
    lua_pushliteral(L, "bad_argument");
    lua_setfield(L, -2, "kind");
    lua_pushliteral(
        L, "a call that waits can't be made here: inside a sort comparison, a gsub callback, a `where` function, "
           "a metamethod of the library or a closing coroutine");
    lua_setfield(L, -2, "message");
    lua_pushliteral(L, "make the call before, and use its result here");
    lua_setfield(L, -2, "hint");
    bridge_make_error(L);
    return lua_error(L);
}

// MARK: Arguments

bridge_whole_number bridge_float_to_integer(lua_State *L, int index) {
    bridge_whole_number number = {0, false};
    int is_whole = 0;
    if (lua_type(L, index) == LUA_TNUMBER) number.value = lua_tointegerx(L, index, &is_whole);
    number.is_whole = is_whole != 0;
    return number;
}

// MARK: Calls

int bridge_end_wait(lua_State *L, bridge_context *context) {
    switch (context->resumption) {
    case BRIDGE_RESULTS: return bridge_push_outbox(L, context);
    case BRIDGE_ERROR: return bridge_raise_outbox(L, context);
    case BRIDGE_JOINED: {
        lua_State *joined = context->joined;
        int count = lua_gettop(joined);
        luaL_checkstack(L, count, "too many results");
        if (!lua_checkstack(joined, count)) return luaL_error(L, "too many results");
        for (int i = 1; i <= count; i++) lua_pushvalue(joined, i);  // copies: a task may be awaited twice
        lua_xmove(joined, L, count);
        return count;
    }
    case BRIDGE_JOINED_ERROR:
        luaL_checkstack(L, 1, "error in error handling");
        if (!lua_checkstack(context->joined, 1)) return luaL_error(L, "error in error handling");
        lua_pushvalue(context->joined, -1);
        lua_xmove(context->joined, L, 1);
        return lua_error(L);
    }
    return 0;
}

static int continue_after_wait(lua_State *L, int status, lua_KContext unused) {
    (void)status, (void)unused;
    return bridge_end_wait(L, bridge_context_of(L));
}

int bridge_wait(lua_State *L, bridge_context *context) {
    context->waiting = true;
    return lua_yieldk(L, 0, 0, continue_after_wait);
}

typedef struct host_function {
    bridge_host_call call;
    void *function;
} host_function;

// Apart from the trampoline, whose frame stays small so: it runs at every call.
static __attribute__((noinline)) int finish_call(lua_State *L, bridge_context *context, bridge_verdict verdict) {
    switch (verdict) {
    case BRIDGE_RETURN: return bridge_push_outbox(L, context);
    case BRIDGE_RAISE: return bridge_raise_outbox(L, context);
    case BRIDGE_WAIT: return bridge_wait(L, context);
    case BRIDGE_REFUSE: return bridge_refuse_wait(L);
    }
    return 0;
}

// The one way into Swift. Whatever raises or yields does so after Swift has returned.
static int trampoline(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    const host_function *host = lua_touserdata(L, lua_upvalueindex(1));
    context->outbox.length = 0;
    bool outer = bridge_begin_critical(context);
    bridge_verdict verdict = host->call(host->function, L);
    bridge_end_critical(context, outer);
    const bridge_buffer *outbox = &context->outbox;
    if (verdict == BRIDGE_RETURN && outbox->length == 9 && outbox->bytes[0] == BRIDGE_INTEGER) {
        lua_Integer value;
        memcpy(&value, outbox->bytes + 1, 8);
        lua_pushinteger(L, value);
        return 1;
    }
    return finish_call(L, context, verdict);
}

// MARK: Setting up

typedef struct definition {
    const char *path;
    bool privileged;
    bridge_host_call call;
    void *function;
} definition;

static int define_protected(lua_State *L) {
    definition *what = lua_touserdata(L, 1);
    if (what->privileged) lua_rawgetp(L, LUA_REGISTRYINDEX, &bridge_key_privileged);
    else lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
    const char *name = what->path;
    for (const char *dot; (dot = strchr(name, '.')) != NULL; name = dot + 1) {
        lua_pushlstring(L, name, (size_t)(dot - name));
        lua_pushvalue(L, -1);
        if (lua_rawget(L, -3) != LUA_TTABLE) {
            lua_pop(L, 1);
            lua_newtable(L);
            lua_pushvalue(L, -2);
            lua_pushvalue(L, -2);
            lua_rawset(L, -5);
        }
        lua_remove(L, -2);
    }
    lua_pushstring(L, name);
    host_function *host = lua_newuserdatauv(L, sizeof *host, 0);
    *host = (host_function){what->call, what->function};
    lua_pushcclosure(L, trampoline, 1);
    lua_rawset(L, -3);
    return 0;
}

bool bridge_define(bridge_context *context, const char *path, bool privileged, bridge_host_call call, void *function) {
    definition what = {path, privileged, call, function};
    lua_State *L = context->main;
    if (context->is_abandoned) return false;
    lua_pushcfunction(L, define_protected);
    lua_pushlightuserdata(L, &what);
    return lua_pcall(L, 1, 0, 0) == LUA_OK;
}
