// string.pack, packsize and unpack with a meter.
//
// Own code, not a guard: a format may be as long as a script likes, so each of its options is paid for, and the padding
// of c[n] is as long as the number says.

#include "libraries.h"

#define MAX_INTEGER_SIZE 16

// The alignment of "!" with no number: liblua's own.
struct aligned {
    char before;
    union {
        lua_Number number;
        double real;
        void *pointer;
        lua_Integer integer;
        long whole;
    } value;
};

#define NATIVE_ALIGNMENT ((int)offsetof(struct aligned, value))

typedef enum kind {
    SIGNED,
    UNSIGNED,
    FLOAT,
    NUMBER,
    DOUBLE,
    CHARACTERS,  // c[n]
    PREFIXED,    // s[n]: a length, then the string
    ZERO_ENDED,  // z
    PADDING,     // x, and from here on no value
    ALIGNMENT,   // X
    NOTHING,     // what only changes the layout
} kind;

typedef struct layout {
    bridge_meter meter;
    const char *format;  // at what is not read yet; ends with a zero byte
    bool is_little;
    int max_alignment;
} layout;

typedef struct option {
    kind kind;
    int size;
    int padding;  // bytes to skip before it
} option;

static bool is_native_little(void) {
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

static layout start_layout(lua_State *L) {
    return (layout){
        .meter = bridge_start_meter(L),
        .format = luaL_checkstring(L, 1),
        .is_little = is_native_little(),
        .max_alignment = 1,
    };
}

// MARK: Reading formats

static int read_number(layout *layout, int otherwise) {
    if (!isdigit((unsigned char)*layout->format)) return otherwise;
    int number = 0;
    do {
        number = number * 10 + (*layout->format++ - '0');
    } while (isdigit((unsigned char)*layout->format) && number <= (INT_MAX - 9) / 10);
    return number;
}

static int read_size(layout *layout, int otherwise) {
    int size = read_number(layout, otherwise);
    if (size > MAX_INTEGER_SIZE || size <= 0) {
        luaL_error(layout->meter.L, "integral size (%d) out of limits [1,%d]", size, MAX_INTEGER_SIZE);
    }
    return size;
}

static kind read_kind(layout *layout, int *size) {
    char letter = *layout->format++;
    *size = 0;
    switch (letter) {
    case 'b': *size = sizeof(char); return SIGNED;
    case 'B': *size = sizeof(char); return UNSIGNED;
    case 'h': *size = sizeof(short); return SIGNED;
    case 'H': *size = sizeof(short); return UNSIGNED;
    case 'i': *size = read_size(layout, sizeof(int)); return SIGNED;
    case 'I': *size = read_size(layout, sizeof(int)); return UNSIGNED;
    case 'l': *size = sizeof(long); return SIGNED;
    case 'L': *size = sizeof(long); return UNSIGNED;
    case 'j': *size = sizeof(lua_Integer); return SIGNED;
    case 'J': *size = sizeof(lua_Integer); return UNSIGNED;
    case 'T': *size = sizeof(size_t); return UNSIGNED;
    case 'f': *size = sizeof(float); return FLOAT;
    case 'n': *size = sizeof(lua_Number); return NUMBER;
    case 'd': *size = sizeof(double); return DOUBLE;
    case 's': *size = read_size(layout, sizeof(size_t)); return PREFIXED;
    case 'c':
        *size = read_number(layout, -1);
        if (*size == -1) luaL_error(layout->meter.L, "missing size for format option 'c'");
        return CHARACTERS;
    case 'z': return ZERO_ENDED;
    case 'x': *size = 1; return PADDING;
    case 'X': return ALIGNMENT;
    case ' ': break;
    case '<': layout->is_little = true; break;
    case '>': layout->is_little = false; break;
    case '=': layout->is_little = is_native_little(); break;
    case '!': layout->max_alignment = read_size(layout, NATIVE_ALIGNMENT); break;
    default: luaL_error(layout->meter.L, "invalid format option '%c'", letter);
    }
    return NOTHING;
}

// The next option, which begins `offset` bytes behind the start.
static option read_option(layout *layout, size_t offset) {
    bridge_spend(&layout->meter, 1);
    option found = {0};
    found.kind = read_kind(layout, &found.size);
    int alignment = found.size;
    if (found.kind == ALIGNMENT) {
        bool fails = *layout->format == 0 || read_kind(layout, &alignment) == CHARACTERS || alignment == 0;
        if (fails) luaL_argerror(layout->meter.L, 1, "invalid next option for option 'X'");
    }
    if (alignment <= 1 || found.kind == CHARACTERS) return found;
    if (alignment > layout->max_alignment) alignment = layout->max_alignment;
    if ((alignment & (alignment - 1)) != 0) {
        luaL_argerror(layout->meter.L, 1, "format asks for alignment not power of 2");
    }
    found.padding = (alignment - (int)(offset & (size_t)(alignment - 1))) & (alignment - 1);
    return found;
}

// MARK: pack

static void add_zeros(layout *layout, luaL_Buffer *buffer, size_t count) {
    if (buffer->size - buffer->n < count) bridge_reserve_if_large(layout->meter.L, buffer->n + count);
    while (count > 0) {
        size_t block = bridge_smaller(count, BRIDGE_BLOCK);
        memset(luaL_prepbuffsize(buffer, block), 0, block);
        luaL_addsize(buffer, block);
        bridge_spend_bytes(&layout->meter, block);
        count -= block;
    }
}

static void add_integer(layout *layout, luaL_Buffer *buffer, lua_Unsigned value, int size, bool is_negative) {
    char *bytes = luaL_prepbuffsize(buffer, (size_t)size);
    for (int i = 0; i < size; i++) {
        int place = layout->is_little ? i : size - 1 - i;
        bytes[place] = (char)(i < (int)sizeof value ? (value >> (8 * i)) & 0xFF : is_negative ? 0xFF : 0);
    }
    luaL_addsize(buffer, (size_t)size);
}

// Copies bytes of a float, turned around where the layout is not the machine's.
static void copy_float(layout *layout, char *to, const char *from, int size) {
    bool is_native = layout->is_little == is_native_little();
    for (int i = 0; i < size; i++) to[i] = from[is_native ? i : size - 1 - i];
}

static void add_float(layout *layout, luaL_Buffer *buffer, const void *value, int size) {
    copy_float(layout, luaL_prepbuffsize(buffer, (size_t)size), value, size);
    luaL_addsize(buffer, (size_t)size);
}

// Adds argument `index`; returns the bytes beyond the option's own size.
static size_t pack_value(layout *layout, luaL_Buffer *buffer, option option, int index) {
    lua_State *L = layout->meter.L;
    size_t length;
    switch (option.kind) {
    case SIGNED: {
        lua_Integer value = luaL_checkinteger(L, index);
        if (option.size < (int)sizeof value) {
            lua_Integer limit = (lua_Integer)1 << (option.size * 8 - 1);
            luaL_argcheck(L, -limit <= value && value < limit, index, "integer overflow");
        }
        add_integer(layout, buffer, (lua_Unsigned)value, option.size, value < 0);
        return 0;
    }
    case UNSIGNED: {
        lua_Unsigned value = (lua_Unsigned)luaL_checkinteger(L, index);
        if (option.size < (int)sizeof value) {
            luaL_argcheck(L, value < (lua_Unsigned)1 << (option.size * 8), index, "unsigned overflow");
        }
        add_integer(layout, buffer, value, option.size, false);
        return 0;
    }
    case FLOAT: {
        float value = (float)luaL_checknumber(L, index);
        add_float(layout, buffer, &value, option.size);
        return 0;
    }
    case NUMBER:
    case DOUBLE: {
        double value = luaL_checknumber(L, index);
        add_float(layout, buffer, &value, option.size);
        return 0;
    }
    case CHARACTERS: {
        const char *s = luaL_checklstring(L, index, &length);
        luaL_argcheck(L, length <= (size_t)option.size, index, "string longer than given size");
        bridge_add_bytes(&layout->meter, buffer, s, length);
        add_zeros(layout, buffer, (size_t)option.size - length);
        return 0;
    }
    case PREFIXED: {
        const char *s = luaL_checklstring(L, index, &length);
        bool fits = option.size >= (int)sizeof length || length < (size_t)1 << (option.size * 8);
        luaL_argcheck(L, fits, index, "string length does not fit in given size");
        add_integer(layout, buffer, length, option.size, false);
        bridge_add_bytes(&layout->meter, buffer, s, length);
        return length;
    }
    default: {
        const char *s = luaL_checklstring(L, index, &length);
        bridge_spend_bytes(&layout->meter, length);
        luaL_argcheck(L, strlen(s) == length, index, "string contains zeros");
        bridge_add_bytes(&layout->meter, buffer, s, length + 1);
        return length + 1;
    }
    }
}

int bridge_string_pack(lua_State *L) {
    layout layout = start_layout(L);
    lua_pushnil(L);  // what an argument that is missing reads as, and not the buffer
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    size_t total = 0;
    int index = 1;
    while (*layout.format != 0) {
        option option = read_option(&layout, total);
        total += (size_t)option.padding + (size_t)option.size;
        add_zeros(&layout, &buffer, (size_t)option.padding);
        if (option.kind == PADDING) add_zeros(&layout, &buffer, 1);
        if (option.kind < PADDING) total += pack_value(&layout, &buffer, option, ++index);
    }
    luaL_pushresult(&buffer);
    return 1;
}

int bridge_string_packsize(lua_State *L) {
    layout layout = start_layout(L);
    size_t total = 0;
    while (*layout.format != 0) {
        option option = read_option(&layout, total);
        bool is_fixed = option.kind != PREFIXED && option.kind != ZERO_ENDED;
        luaL_argcheck(L, is_fixed, 1, "variable-length format");
        size_t size = (size_t)option.padding + (size_t)option.size;
        luaL_argcheck(L, size <= BRIDGE_MAX_SIZE && total <= BRIDGE_MAX_SIZE - size, 1, "format result too large");
        total += size;
    }
    lua_pushinteger(L, (lua_Integer)total);
    return 1;
}

// MARK: unpack

static lua_Integer read_integer(layout *layout, const char *bytes, int size, bool is_signed) {
    const int whole = (int)sizeof(lua_Integer);
    lua_Unsigned value = 0;
    for (int i = size < whole ? size - 1 : whole - 1; i >= 0; i--) {
        value = value << 8 | (unsigned char)bytes[layout->is_little ? i : size - 1 - i];
    }
    if (size < whole && is_signed) {
        lua_Unsigned sign = (lua_Unsigned)1 << (size * 8 - 1);
        value = (value ^ sign) - sign;
    }
    int beyond = is_signed && (lua_Integer)value < 0 ? 0xFF : 0;
    for (int i = whole; i < size; i++) {
        if ((unsigned char)bytes[layout->is_little ? i : size - 1 - i] != beyond) {
            luaL_error(layout->meter.L, "%d-byte integer does not fit into Lua Integer", size);
        }
    }
    return (lua_Integer)value;
}

static const char *find_zero(bridge_meter *meter, const char *data, size_t left) {
    while (left > 0) {
        size_t block = bridge_smaller(left, BRIDGE_BLOCK);
        bridge_spend_bytes(meter, block);
        const char *zero = memchr(data, 0, block);
        if (zero != NULL) return zero;
        data += block;
        left -= block;
    }
    return NULL;
}

// Pushes the value that stands at `data`, with `left` bytes from there; returns the bytes beyond the option's own size.
static size_t unpack_value(layout *layout, option option, const char *data, size_t left) {
    lua_State *L = layout->meter.L;
    size_t size = (size_t)option.size;
    switch (option.kind) {
    case SIGNED:
    case UNSIGNED: lua_pushinteger(L, read_integer(layout, data, option.size, option.kind == SIGNED)); return 0;
    case FLOAT: {
        float value;
        copy_float(layout, (char *)&value, data, option.size);
        lua_pushnumber(L, (lua_Number)value);
        return 0;
    }
    case NUMBER:
    case DOUBLE: {
        double value;
        copy_float(layout, (char *)&value, data, option.size);
        lua_pushnumber(L, value);
        return 0;
    }
    case CHARACTERS:
        bridge_spend_bytes(&layout->meter, size);
        lua_pushlstring(L, data, size);
        return 0;
    case PREFIXED: {
        size_t length = (size_t)read_integer(layout, data, option.size, false);
        luaL_argcheck(L, length <= left - size, 2, "data string too short");
        bridge_spend_bytes(&layout->meter, length);
        lua_pushlstring(L, data + size, length);
        return length;
    }
    default: {
        const char *end = find_zero(&layout->meter, data, left);
        luaL_argcheck(L, end != NULL, 2, "unfinished string for format 'z'");
        lua_pushlstring(L, data, (size_t)(end - data));
        return (size_t)(end - data) + 1;
    }
    }
}

int bridge_string_unpack(lua_State *L) {
    layout layout = start_layout(L);
    size_t length;
    const char *data = luaL_checklstring(L, 2, &length);
    size_t position = bridge_start_position(luaL_optinteger(L, 3, 1), length) - 1;
    luaL_argcheck(L, position <= length, 3, "initial position out of string");
    int count = 0;
    while (*layout.format != 0) {
        option option = read_option(&layout, position);
        bool is_there = (size_t)option.padding + (size_t)option.size <= length - position;
        luaL_argcheck(L, is_there, 2, "data string too short");
        position += (size_t)option.padding;
        if (option.kind < PADDING) {
            luaL_checkstack(L, 2, "too many results");
            count++;
            position += unpack_value(&layout, option, data + position, length - position);
        }
        position += (size_t)option.size;
    }
    lua_pushinteger(L, (lua_Integer)position + 1);
    return count + 1;
}
