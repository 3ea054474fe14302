// A libFuzzer harness: bytes become one call of a string or utf8 function, which the twin and liblua must answer
// alike. The twin runs first, with a budget of steps: where it is used up, liblua's own function would take too long.
//
// It stands in for the rest of CLuaBridge, so it is no part of the package's build:
//   clang -std=gnu17 -g -O1 -fsanitize=fuzzer,address,undefined $(pkg-config --cflags --libs lua5.4)
//     -I Sources/CLuaBridge -I Sources/CLuaBridge/include -I Tests/LuaDifferential/include
//     Sources/CLuaBridge/Library/{string,format,pack,matcher,pattern,utf8}.c
//     Tests/LuaDifferential/{fuzz,differential,patterns,strings,tables}.c -o fuzz

#include "LuaDifferential.h"
#include "internal.h"
#include <stdio.h>

// MARK: The bridge's part

static int64_t checkpoints_left;
static const char over_budget[] = "over the budget of steps";

void bridge_checkpoint(lua_State *L) {
    if (checkpoints_left-- > 0) lua_gc(L, LUA_GCCOLLECT);
    else luaL_error(L, "%s", over_budget);
}

void bridge_reserve(lua_State *L, size_t bytes) {
    if (bytes > (size_t)1 << 20) luaL_error(L, "%s", over_budget);
}

const char *bridge_to_text(lua_State *L, int index, size_t *length) { return luaL_tolstring(L, index, length); }

uint64_t bridge_serial(lua_State *L, int index) { return lua_type(L, index) > LUA_TSTRING; }

void bridge_set_functions(lua_State *L, const luaL_Reg *functions) {
    for (; functions->name != NULL; functions++) {
        lua_getfield(L, -1, functions->name);
        lua_pushcclosure(L, functions->func, 1);
        lua_setfield(L, -2, functions->name);
    }
}

static lua_State *open_state(bool is_bounded) {
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    if (!is_bounded) return L;
    lua_getglobal(L, "string");
    bridge_bound_string_library(L);
    lua_getglobal(L, "utf8");
    bridge_bound_utf8_library(L);
    lua_settop(L, 0);
    return L;
}

// MARK: Bytes to source

typedef struct input {
    const uint8_t *bytes;
    size_t length;
} input;

static uint8_t take(input *input) {
    if (input->length == 0) return 0;
    input->length--;
    return *input->bytes++;
}

static char source[8192];
static size_t source_length;

static void put(const char *text) {
    size_t length = strlen(text);
    memcpy(source + source_length, text, length);
    source_length += length;
}

static void put_bytes(input *input, size_t longest, bool is_format) {
    size_t length = take(input);
    if (length > longest) length = longest;
    put("\"");
    for (; length > 0 && input->length > 0; length--) {
        char code[8];
        uint8_t byte = take(input);
        if (is_format && byte == 'p') byte = 'x';  // %p is meant to differ
        snprintf(code, sizeof code, "\\%03d", byte);
        put(code);
    }
    put("\"");
}

static void put_string(input *input, size_t longest) { put_bytes(input, longest, false); }

static void put_number(input *input) {
    static const char *const odd[] = {
        "nil", "math.maxinteger", "math.mininteger", "2^31", "2^53", "0x7FFFFFFF", "0x80000000", "1.5", "\"3\"", "0.0",
    };
    char text[16];
    int8_t byte = (int8_t)take(input);
    snprintf(text, sizeof text, "%d", byte);
    put(byte >= 100 && byte < 110 ? odd[byte - 100] : text);
}

static void put_value(input *input) {
    switch (take(input) % 4) {
    case 0: put_string(input, 40); break;
    case 1: put("true"); break;
    default: put_number(input);
    }
}

// What each letter of a call's shape stands for: s a string, p a pattern or pack's format, f a format, n a number,
// v any value, r what replaces a match, b a flag.
static void put_argument(input *input, char shape) {
    static const char *const replacements[] = {
        "{a = 1, b = false}", "function(...) note(...) return ... end", "function(a) return {} end", "\"<%0%1>\"",
    };
    switch (shape) {
    case 's': put_string(input, 60); break;
    case 'p': put_string(input, 40); break;
    case 'f': put_bytes(input, 40, true); break;
    case 'n': put_number(input); break;
    case 'v': put_value(input); break;
    case 'b': put(take(input) & 1 ? "true" : "nil"); break;
    default: {
        uint8_t which = take(input);
        if (which < 4) put(replacements[which]);
        else put_string(input, 20);
    }
    }
}

typedef struct call {
    const char *before;  // the call up to its parenthesis
    const char *shape;
    const char *after;
} call;

static const call calls[] = {
    {"return capture(string.find(", "spnb", "))"},
    {"return capture(string.match(", "spn", "))"},
    {"for a, b, c in string.gmatch(", "spn", ") do note(a, b, c) end"},
    {"return capture(string.gsub(", "spr", "))"},
    {"return capture(string.gsub(", "sprn", "))"},
    {"return capture(string.format(", "fvvv", "))"},
    {"return capture(string.format((\".\"):rep(1100) .. ", "fvvv", "))"},
    {"return capture(string.pack(", "pvvv", "))"},
    {"return capture(string.unpack(", "psn", "))"},
    {"return capture(string.packsize(", "p", "))"},
    {"return capture(string.byte(", "snn", "))"},
    {"return capture(string.upper(", "s", "))"},
    {"return capture(string.lower(", "s", "))"},
    {"return capture(string.reverse(", "s", "))"},
    {"return capture(utf8.len(", "snnb", "))"},
    {"return capture(utf8.codepoint(", "snnb", "))"},
    {"return capture(utf8.offset(", "snn", "))"},
    {"return capture(utf8.char(", "vvv", "))"},
    {"for p, c in utf8.codes(", "sb", ") do note(p, c) end"},
};

static void put_call(input *input) {
    const call *call = &calls[take(input) % (sizeof calls / sizeof *calls)];
    source_length = 0;
    put(call->before);
    for (const char *shape = call->shape; *shape != 0; shape++) {
        if (shape != call->shape) put(", ");
        put_argument(input, *shape);
    }
    put(call->after);
}

// MARK: The harness

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static lua_State *bounded, *plain;
    static char mismatch[12000];
    if (bounded == NULL) {
        bounded = open_state(true);
        plain = open_state(false);
    }
    input input = {bytes, length};
    put_call(&input);
    checkpoints_left = 64;
    if (differential_fails_with(bounded, source, source_length, over_budget)) return 0;
    checkpoints_left = INT64_MAX;
    if (differential_compare(bounded, plain, source, source_length, mismatch, sizeof mismatch)) return 0;
    fprintf(stderr, "%s\n", mismatch);
    abort();
}
