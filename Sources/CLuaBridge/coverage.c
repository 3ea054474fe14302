// Which lines of a script can run, and which did.
//
// The lines that can are those of its instructions: liblua tells them of a function that is there, but not of those that are
// made only when it runs. So the compiled chunk is dumped and read, in the format of Lua 5.4 (ldump.c), which is the same
// from 5.4.0 on. The lines that ran are noted by a line hook.

#include "internal.h"

#define CAN_RUN ((uint8_t)1)
#define DID_RUN ((uint8_t)2)

struct bridge_covered_chunk {
    char *name;  // as lua_load was given it
    uint8_t *lines;
    size_t count;
    struct bridge_covered_chunk *next;
};

// MARK: Reading a dump

typedef struct dump {
    const uint8_t *next;
    const uint8_t *end;
    bool is_broken;
    bridge_covered_chunk *chunk;
} dump;

static void skip(dump *in, size_t count) {
    if ((size_t)(in->end - in->next) < count) {
        in->is_broken = true;
        in->next = in->end;
    } else {
        in->next += count;
    }
}

static uint8_t read_byte(dump *in) {
    const uint8_t *byte = in->next;
    skip(in, 1);
    return in->is_broken ? 0 : *byte;
}

// Seven bits a byte, the highest first; the last byte has its high bit set.
static size_t read_number(dump *in) {
    size_t number = 0;
    while (!in->is_broken) {
        uint8_t byte = read_byte(in);
        number = number << 7 | (byte & 0x7f);
        if ((byte & 0x80) != 0) break;
    }
    return number;
}

static void skip_string(dump *in) {
    size_t size = read_number(in);
    if (size > 0) skip(in, size - 1);
}

static void skip_constants(dump *in) {
    for (size_t count = read_number(in); count > 0 && !in->is_broken; count--) {
        switch (read_byte(in)) {
        case 0x03: skip(in, sizeof(lua_Integer)); break;
        case 0x13: skip(in, sizeof(lua_Number)); break;
        case 0x04: case 0x14: skip_string(in); break;
        default: break;  // nil, false, true
        }
    }
}

static void note_can_run(bridge_covered_chunk *chunk, size_t line) {
    if (line >= chunk->count) {
        size_t count = line + 64;
        uint8_t *lines = realloc(chunk->lines, count);
        if (lines == NULL) abort();
        memset(lines + chunk->count, 0, count - chunk->count);
        chunk->lines = lines;
        chunk->count = count;
    }
    chunk->lines[line] |= CAN_RUN;
}

// The lines are kept as differences, with a whole number now and then.
static void read_lines(dump *in, size_t line, bool is_vararg) {
    size_t count = read_number(in);
    const uint8_t *differences = in->next;
    skip(in, count);
    size_t whole_count = read_number(in);
    // The last instruction returns from the function's end, where mostly something else has returned before; the first one
    // of a function with `...` is on no line.
    for (size_t i = 0; i + 1 < count && !in->is_broken; i++) {
        int8_t difference = (int8_t)differences[i];
        if (difference == -0x80) {
            (void)read_number(in);
            line = read_number(in);
            whole_count--;
        } else {
            line += (size_t)(ptrdiff_t)difference;
        }
        if (!in->is_broken && (i > 0 || !is_vararg)) note_can_run(in->chunk, line);
    }
    for (; whole_count > 0 && !in->is_broken; whole_count--) {
        (void)read_number(in);
        (void)read_number(in);
    }
}

static void read_function(dump *in) {
    skip_string(in);
    size_t first_line = read_number(in);
    (void)read_number(in);
    (void)read_byte(in);
    bool is_vararg = read_byte(in) != 0;
    (void)read_byte(in);
    size_t code_size = read_number(in);
    skip(in, code_size > SIZE_MAX / 4 ? SIZE_MAX : code_size * 4);
    skip_constants(in);
    size_t upvalues = read_number(in);
    skip(in, upvalues > SIZE_MAX / 3 ? SIZE_MAX : upvalues * 3);
    // The compiler nests functions no deeper than its own stack allows.
    for (size_t count = read_number(in); count > 0 && !in->is_broken; count--) read_function(in);
    read_lines(in, first_line, is_vararg);
    for (size_t count = read_number(in); count > 0 && !in->is_broken; count--) {
        skip_string(in);
        (void)read_number(in);
        (void)read_number(in);
    }
    for (size_t count = read_number(in); count > 0 && !in->is_broken; count--) skip_string(in);
}

static int append(lua_State *L, const void *bytes, size_t count, void *buffer) {
    (void)L;
    bridge_buffer *out = buffer;
    if (out->capacity - out->length < count) bridge_buffer_grow(out, count);
    memcpy(out->bytes + out->length, bytes, count);
    out->length += count;
    return 0;
}

// MARK: Chunks

static bridge_covered_chunk *find(bridge_context *context, const char *name) {
    for (bridge_covered_chunk *chunk = context->covered; chunk != NULL; chunk = chunk->next) {
        if (strcmp(chunk->name, name) == 0) return chunk;
    }
    return NULL;
}

void bridge_cover_chunk(lua_State *L, const char *name) {
    bridge_context *context = bridge_context_of(L);
    if (!context->configuration.covers_lines || name[0] != '@') return;
    bool outer = bridge_begin_critical(context);
    bridge_covered_chunk *chunk = find(context, name);
    if (chunk == NULL) {
        chunk = calloc(1, sizeof *chunk);
        if (chunk == NULL || (chunk->name = strdup(name)) == NULL) abort();
        chunk->next = context->covered;
        context->covered = chunk;
    }
    bridge_buffer bytes = {0};
    lua_dump(L, append, &bytes, 0);
    dump in = {.next = bytes.bytes, .end = bytes.bytes + bytes.length, .chunk = chunk};
    // The mark, the version, and what tells whether both machines are alike: "\x1bLua", 2, 6, 3, an integer and a number.
    skip(&in, 4 + 2 + 6 + 3 + sizeof(lua_Integer) + sizeof(lua_Number));
    (void)read_byte(&in);
    read_function(&in);
    free(bytes.bytes);
    bridge_end_critical(context, outer);
}

void bridge_note_line(lua_State *L, lua_Debug *frame) {
    lua_getinfo(L, "S", frame);
    bridge_covered_chunk *chunk = find(bridge_context_of(L), frame->source);
    size_t line = frame->currentline < 0 ? 0 : (size_t)frame->currentline;
    if (chunk != NULL && line < chunk->count) chunk->lines[line] |= DID_RUN;
}

void bridge_forget_coverage(bridge_context *context) {
    while (context->covered != NULL) {
        bridge_covered_chunk *chunk = context->covered;
        context->covered = chunk->next;
        free(chunk->name);
        free(chunk->lines);
        free(chunk);
    }
}

const bridge_covered_chunk *bridge_next_covered(const bridge_context *context, const bridge_covered_chunk *chunk) {
    return chunk == NULL ? context->covered : chunk->next;
}

const char *bridge_covered_name(const bridge_covered_chunk *chunk) { return chunk->name + 1; }
size_t bridge_covered_count(const bridge_covered_chunk *chunk) { return chunk->count; }
bool bridge_can_run(const bridge_covered_chunk *chunk, size_t line) { return (chunk->lines[line] & CAN_RUN) != 0; }
bool bridge_did_run(const bridge_covered_chunk *chunk, size_t line) { return (chunk->lines[line] & DID_RUN) != 0; }
