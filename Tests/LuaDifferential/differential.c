// Runs the same source in two states and compares all that can be seen of it.

#include "LuaDifferential.h"
#include "generator.h"
#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>

// MARK: What a run shows

typedef struct trace {
    size_t length;
    uint64_t hash;  // of all, as `text` holds only the beginning
    char text[4096];
} trace;

static void add_text(trace *trace, const char *text, size_t length) {
    for (size_t i = 0; i < length; i++) {
        trace->hash = (trace->hash ^ (unsigned char)text[i]) * 0x100000001B3u;
        if (trace->length < sizeof trace->text - 1) trace->text[trace->length] = text[i];
        trace->length++;
    }
}

// Strings with their addresses blanked: those differ from state to state.
static void add_string(trace *trace, const char *text, size_t length) {
    char size[32];
    size_t start = 0;
    for (size_t i = 0; i + 1 < length; i++) {
        if (text[i] != '0' || text[i + 1] != 'x') continue;
        size_t digits = i + 2;
        while (digits < length && strchr("0123456789abcdef", text[digits]) != NULL && text[digits] != 0) digits++;
        if (digits - i < 12) continue;
        add_text(trace, text + start, i + 2 - start);
        start = digits;
        i = digits - 1;
    }
    add_text(trace, text + start, length - start);
    if (start == 0) add_text(trace, size, (size_t)snprintf(size, sizeof size, "#%zu", length));
}

static void add_value(trace *trace, lua_State *L, int index, int depth);

static int compare_lines(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

// A table's entries in the order of their texts, as the order of its keys isn't defined.
static void add_table(trace *outer, lua_State *L, int index, int depth) {
    char *lines[64];
    int count = 0;
    static trace entry;
    index = lua_absindex(L, index);
    luaL_checkstack(L, 4, NULL);
    for (lua_pushnil(L); lua_next(L, index) != 0; lua_pop(L, 1)) {
        if (count == 64) continue;
        memset(&entry, 0, offsetof(trace, text));
        add_value(&entry, L, -2, depth + 8);
        add_text(&entry, "=", 1);
        add_value(&entry, L, -1, depth + 8);
        size_t length = entry.length < sizeof entry.text ? entry.length : sizeof entry.text - 1;
        lines[count++] = strndup(entry.text, length);
    }
    qsort(lines, (size_t)count, sizeof *lines, compare_lines);
    for (int i = 0; i < count; i++) {
        add_text(outer, lines[i], strlen(lines[i]));
        add_text(outer, ",", 1);
        free(lines[i]);
    }
}

static void add_value(trace *trace, lua_State *L, int index, int depth) {
    char number[64];
    size_t length;
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        if (lua_isinteger(L, index)) {
            length = (size_t)snprintf(number, sizeof number, "%lld", (long long)lua_tointeger(L, index));
        } else {
            double value = lua_tonumber(L, index);
            length = (size_t)snprintf(number, sizeof number, "float %a", isnan(value) ? NAN : value);
        }
        add_text(trace, number, length);
        break;
    case LUA_TSTRING: {
        const char *text = lua_tolstring(L, index, &length);
        add_text(trace, "'", 1);
        add_string(trace, text, length);
        add_text(trace, "'", 1);
        break;
    }
    case LUA_TBOOLEAN: add_text(trace, lua_toboolean(L, index) ? "T" : "F", 1); break;
    case LUA_TTABLE:
        add_text(trace, "{", 1);
        if (depth == 0) add_table(trace, L, index, depth);
        add_text(trace, "}", 1);
        break;
    default: add_text(trace, luaL_typename(L, index), strlen(luaL_typename(L, index)));
    }
    add_text(trace, " ", 1);
}

// note(...): what a callback sees. Returns what it was given, so that it can stand around an expression.
static int note(lua_State *L) {
    trace *trace = *(struct trace **)lua_touserdata(L, lua_upvalueindex(1));
    int count = lua_gettop(L);
    for (int i = 1; i <= count; i++) add_value(trace, L, i, 0);
    return count;
}

// capture(...): makes a call's results a table, so that the call is no tail call: those have no name in messages.
static int capture(lua_State *L) { return lua_gettop(L); }

static const char trace_key = 0;

static void set_trace(lua_State *L, trace *trace) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &trace_key) == LUA_TNIL) {
        struct trace **slot = lua_newuserdatauv(L, sizeof *slot, 0);
        lua_pushvalue(L, -1);
        lua_rawsetp(L, LUA_REGISTRYINDEX, &trace_key);
        lua_pushvalue(L, -1);
        lua_pushcclosure(L, note, 1);
        lua_setglobal(L, "note");
        lua_pushcfunction(L, capture);
        lua_setglobal(L, "capture");
        lua_replace(L, -2);
    }
    *(struct trace **)lua_touserdata(L, -1) = trace;
    lua_pop(L, 1);
}

static int run_protected(lua_State *L) {
    trace *trace = lua_touserdata(L, 1);
    const char *source = lua_touserdata(L, 2);
    size_t length = (size_t)lua_tointeger(L, 3);
    lua_settop(L, 0);
    set_trace(L, trace);
    if (luaL_loadbufferx(L, source, length, "=case", "t") != LUA_OK) return lua_error(L);
    lua_call(L, 0, LUA_MULTRET);
    int count = lua_gettop(L);
    for (int i = 1; i <= count; i++) add_value(trace, L, i, 0);
    return 0;
}

static bool run(lua_State *L, trace *trace, const char *source, size_t length) {
    memset(trace, 0, offsetof(struct trace, text));
    lua_pushcfunction(L, run_protected);
    lua_pushlightuserdata(L, trace);
    lua_pushlightuserdata(L, (void *)(uintptr_t)source);
    lua_pushinteger(L, (lua_Integer)length);
    bool succeeded = lua_pcall(L, 3, 0, 0) == LUA_OK;
    if (!succeeded) {
        add_text(trace, "error: ", 7);
        add_value(trace, L, -1, 0);
        lua_pop(L, 1);
    }
    trace->text[trace->length < sizeof trace->text ? trace->length : sizeof trace->text - 1] = 0;
    return succeeded;
}

// MARK: Comparing

bool differential_compare(
    lua_State *bounded, lua_State *plain, const char *source, size_t length, char *mismatch, size_t size) {
    static trace of_bounded, of_plain;
    run(bounded, &of_bounded, source, length);
    run(plain, &of_plain, source, length);
    if (of_bounded.length == of_plain.length && of_bounded.hash == of_plain.hash) return true;
    snprintf(
        mismatch, size, "%.*s\nbounded: %.400s\nliblua:  %.400s", (int)length, source, of_bounded.text, of_plain.text);
    return false;
}

bool differential_fails_with(lua_State *L, const char *source, size_t length, const char *error) {
    static trace trace;
    return !run(L, &trace, source, length) && strstr(trace.text, error) != NULL;
}

int64_t differential_run(
    lua_State *bounded, lua_State *plain, uint64_t seed, int64_t cases, char *mismatch, size_t size) {
    static void (*const families[])(generator *) = {
        emit_pattern_case, emit_pattern_case, emit_pattern_case, emit_string_case,
        emit_format_case,  emit_pack_case,    emit_utf8_case,    emit_table_case,
    };
    static generator g;
    g.state = seed;
    if (size > 0) mismatch[0] = 0;
    for (int64_t done = 0; done < cases; done++) {
        g.length = 0;
        families[pick(&g, (int)(sizeof families / sizeof *families))](&g);
        if (!differential_compare(bounded, plain, g.source, g.length, mismatch, size)) return done + 1;
    }
    return cases;
}
