// Writes random calls as Lua source, a family of functions at a time.

#ifndef LUADIFFERENTIAL_GENERATOR_H
#define LUADIFFERENTIAL_GENERATOR_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct generator {
    uint64_t state;
    size_t length;
    char source[16384];  // the longest case has about half of it
} generator;

// Below `count`, evenly.
static inline int pick(generator *g, int count) {
    g->state += 0x9E3779B97F4A7C15u;  // SplitMix64
    uint64_t z = g->state;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (int)((z ^ (z >> 31)) % (uint64_t)count);
}

static inline bool chance(generator *g, int percent) { return pick(g, 100) < percent; }

#define PICK_TEXT(g, texts) ((texts)[pick(g, (int)(sizeof(texts) / sizeof *(texts)))])

__attribute__((format(printf, 2, 3))) static inline void emit(generator *g, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(g->source + g->length, sizeof g->source - g->length, format, arguments);
    va_end(arguments);
    if (written > 0) g->length += (size_t)written;
    if (g->length >= sizeof g->source) g->length = sizeof g->source - 1;
}

static inline void emit_literal(generator *g, const char *bytes, size_t length) {
    emit(g, "\"");
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)bytes[i];
        if (byte < 32 || byte > 126 || byte == '"' || byte == '\\') emit(g, "\\%03d", byte);
        else emit(g, "%c", byte);
    }
    emit(g, "\"");
}

// A string as functions are called on: over a small alphabet, random bytes, or now and then no string at all.
void emit_subject(generator *g, int longest);

// A number that stands for a position or count near `length`, or an odd one, or now and then no number at all.
void emit_position(generator *g, int length);

// Any value, of which some have a text of their own.
void emit_value(generator *g);

// One call of a function of the family.
void emit_pattern_case(generator *g);
void emit_string_case(generator *g);
void emit_format_case(generator *g);
void emit_pack_case(generator *g);
void emit_utf8_case(generator *g);
void emit_table_case(generator *g);

#endif
