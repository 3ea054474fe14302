// string.format without addresses, and bounded.
//
// A format of ordinary length is looked through first: values get their texts, %p becomes the text of a serial, and
// the size is announced. Then liblua's own function runs in the same frame: what it makes and how it fails is its own.
// As it can't be cut short, a long format is given to it directive by directive, and long %q strings are quoted here.

#include "libraries.h"
#include <inttypes.h>
#include <stdio.h>

#define ESCAPE '%'

// liblua's function takes at most about 100 microseconds for a format or a quoted string of this length.
#define SHORT 1024

// A number with as many digits as that takes up to 10 microseconds.
#define STEPS_OF_FLOAT 256
#define MOST_FLOATS 16

// As many as liblua lets stand between the '%' and the letter.
#define MAX_MODIFIERS 20

// What no directive but %s exceeds: %99.99f of the largest number has about 410 bytes.
#define LARGEST_NUMBER 420

typedef struct directive {
    const char *start;  // at the '%'
    const char *end;    // behind the letter
    char letter;        // '%' for "%%"; 0 for what liblua refuses
    bool is_bare;       // has no modifiers
} directive;

typedef enum role : uint8_t { NO_ROLE, MODIFIER, LETTER } role;

static const role roles[UCHAR_MAX + 1] = {
    ['-'] = MODIFIER, ['+'] = MODIFIER, ['#'] = MODIFIER, [' '] = MODIFIER, ['.'] = MODIFIER, ['0'] = MODIFIER,
    ['1'] = MODIFIER, ['2'] = MODIFIER, ['3'] = MODIFIER, ['4'] = MODIFIER, ['5'] = MODIFIER, ['6'] = MODIFIER,
    ['7'] = MODIFIER, ['8'] = MODIFIER, ['9'] = MODIFIER, ['a'] = LETTER,   ['A'] = LETTER,   ['c'] = LETTER,
    ['d'] = LETTER,   ['e'] = LETTER,   ['E'] = LETTER,   ['f'] = LETTER,   ['F'] = LETTER,   ['g'] = LETTER,
    ['G'] = LETTER,   ['i'] = LETTER,   ['o'] = LETTER,   ['p'] = LETTER,   ['q'] = LETTER,   ['s'] = LETTER,
    ['u'] = LETTER,   ['x'] = LETTER,   ['X'] = LETTER,
};

// The format ends with a zero byte, which plays no role.
static inline directive read_directive(const char *start, const char *format_end) {
    const char *p = start + 1;
    while (roles[(unsigned char)*p] == MODIFIER && p - start <= MAX_MODIFIERS) p++;
    directive found = {.start = start, .end = p, .is_bare = p == start + 1};
    if (p == format_end) return found;
    found.end = p + 1;
    if (roles[(unsigned char)*p] == LETTER || (*p == ESCAPE && found.is_bare)) found.letter = *p;
    return found;
}

static bool is_float(const directive *found) {
    int letter = found->letter | 0x20;
    return letter == 'a' || (letter >= 'e' && letter <= 'g');
}

// %p as liblua accepts it: left-justified or not, a width of at most two digits, no precision.
static bool is_valid_pointer(const directive *found) {
    const char *p = found->start + 1;
    while (*p == '-') p++;
    if (*p != '0') {
        for (int digits = 0; digits < 2 && isdigit((unsigned char)*p); digits++) p++;
    }
    return p + 1 == found->end;
}

// Pushes what stands in the place of the argument's address: the text of its serial, or what liblua prints for a value
// that has none, for %s. False where liblua will refuse the directive: then it gets nil, and no address in any case.
static bool push_pointer(lua_State *L, const directive *found, int argument) {
    if (!is_valid_pointer(found)) {
        lua_pushnil(L);
        return false;
    }
    uint64_t serial = bridge_serial(L, argument) & ~BRIDGE_SERIAL_OF_HANDLE;
    char text[32] = "(null)";
    if (serial != 0) snprintf(text, sizeof text, "0x%" PRIx64, serial);
    lua_pushstring(L, text);
    return true;
}

// MARK: Short formats

// Puts the argument's text in its place. False where that would run a script's code too early: liblua may fail before.
static bool replace_by_text(lua_State *L, int argument, bool may_run_code) {
    if (!may_run_code && luaL_getmetafield(L, argument, "__tostring") != LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    bridge_to_text(L, argument, NULL);
    lua_replace(L, argument);
    return true;
}

// Puts texts in the place of the arguments that would show an address. Returns whether liblua's function can do the
// rest at once, with arguments and a format that stand where they stood.
static inline bool prepare(lua_State *L, const char *format, size_t length, int top) {
    char rewritten[SHORT];
    bool has_pointers = false, may_fail = false, is_ready = true;
    size_t size = length;
    int argument = 1, floats = 0;
    bridge_meter meter = bridge_start_meter(L);
    const char *end = format + length;
    for (const char *p = format; p < end;) {
        if (*p != ESCAPE) {
            p++;
            continue;
        }
        directive found = read_directive(p, end);
        p = found.end;
        if (found.letter == ESCAPE) continue;
        if (found.letter == 0 || ++argument > top) break;  // liblua raises there
        bridge_spend(&meter, 8);
        int type = lua_type(L, argument);
        if (found.letter == 's' && type > LUA_TBOOLEAN && type != LUA_TSTRING && type != LUA_TNUMBER) {
            if (!replace_by_text(L, argument, !may_fail)) {
                is_ready = false;
                break;
            }
            type = LUA_TSTRING;
        } else if (found.letter == 'p') {
            if (!has_pointers) memcpy(rewritten, format, length);
            has_pointers = true;
            if (push_pointer(L, &found, argument)) rewritten[found.end - 1 - format] = 's';
            lua_replace(L, argument);
        }
        size_t added = type == LUA_TSTRING ? (size_t)lua_rawlen(L, argument) : LARGEST_NUMBER;
        if (found.letter == 'q' && added > SHORT) is_ready = false;
        if (is_float(&found) && ++floats > MOST_FLOATS) is_ready = false;
        size += added;
        may_fail |= !found.is_bare || found.letter != 's';
    }
    if (has_pointers) {
        lua_pushlstring(L, rewritten, length);
        lua_replace(L, 1);
    }
    if (!is_ready) return false;
    bridge_spend_bytes(&meter, size);
    bridge_reserve_if_large(L, size);
    return true;
}

// MARK: Long formats

static void add_quoted(bridge_meter *meter, luaL_Buffer *buffer, int index) {
    size_t length;
    const char *s = lua_tolstring(meter->L, index, &length);
    const char *end = s + length;
    luaL_addchar(buffer, '"');
    while (s < end) {
        bridge_pay_for_bytes(meter, buffer, 512);
        const char *stop = s + bridge_smaller((size_t)(end - s), 128);
        bridge_spend(meter, 64);
        for (; s < stop; s++) {
            unsigned char byte = (unsigned char)*s;
            if (byte == '"' || byte == '\\' || byte == '\n') {
                luaL_addchar(buffer, '\\');
                luaL_addchar(buffer, *s);
            } else if (iscntrl(byte)) {
                // three digits where another follows; s[1] is 0 at the end of the string
                bool is_full = byte >= 100 || isdigit((unsigned char)s[1]);
                luaL_addchar(buffer, '\\');
                if (is_full) luaL_addchar(buffer, (char)('0' + byte / 100));
                if (is_full || byte >= 10) luaL_addchar(buffer, (char)('0' + byte / 10 % 10));
                luaL_addchar(buffer, (char)('0' + byte % 10));
            } else {
                luaL_addchar(buffer, *s);
            }
        }
    }
    luaL_addchar(buffer, '"');
}

// Fails as liblua would at `found`: with the same words about the same argument. The arguments before it become empty.
static int fail_at(lua_State *L, int top, int argument, const directive *found) {
    lua_settop(L, top);
    bridge_meter meter = bridge_start_meter(L);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (int i = 2; i < argument; i++) bridge_add_bytes(&meter, &buffer, "%s", 2);
    bridge_add_bytes(&meter, &buffer, found->start, (size_t)(found->end - found->start));
    luaL_pushresult(&buffer);
    lua_replace(L, 1);
    for (int i = 2; i < argument; i++) {
        bridge_spend(&meter, 1);
        lua_pushliteral(L, "");
        lua_replace(L, i);
    }
    bridge_stock(L)(L);
    return luaL_error(L, "invalid format string to 'format'");
}

// Adds what liblua makes of one directive; false where it fails.
static bool add_directive(bridge_meter *meter, luaL_Buffer *buffer, const directive *found, int argument) {
    lua_State *L = meter->L;
    if (found->letter == 's' && lua_type(L, argument) != LUA_TNUMBER) replace_by_text(L, argument, true);
    char item[MAX_MODIFIERS + 2];
    size_t length = (size_t)(found->end - found->start);
    memcpy(item, found->start, length);
    if (found->letter != 'p') lua_pushvalue(L, argument);
    else if (push_pointer(L, found, argument)) item[length - 1] = 's';
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, -2);
    lua_pushlstring(L, item, length);
    lua_insert(L, -2);
    if (lua_pcall(L, 2, 1, 0) != LUA_OK) return false;
    bridge_add_value(meter, buffer);
    return true;
}

static int format_long(lua_State *L, const char *format, size_t length, int top) {
    int argument = 1;
    const char *end = format + length;
    bridge_meter meter = bridge_start_meter(L);
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    for (const char *p = format; p < end;) {
        size_t window = bridge_smaller((size_t)(end - p), BRIDGE_BLOCK);
        const char *escape = memchr(p, ESCAPE, window);
        size_t literal = escape == NULL ? window : (size_t)(escape - p);
        bridge_add_bytes(&meter, &buffer, p, literal);
        p += literal;
        if (escape == NULL) continue;

        directive found = read_directive(p, end);
        p = found.end;
        if (found.letter == ESCAPE) {
            bridge_spend(&meter, 1);
            luaL_addchar(&buffer, ESCAPE);
            continue;
        }
        bridge_spend(&meter, is_float(&found) ? STEPS_OF_FLOAT : 16);
        argument++;
        if (found.letter == 0 || argument > top) return fail_at(L, top, argument, &found);
        if (found.letter == 's' && found.is_bare) {
            bridge_to_text(L, argument, NULL);
            bridge_add_value(&meter, &buffer);
        } else if (found.letter == 'q' && found.is_bare && lua_type(L, argument) == LUA_TSTRING) {
            add_quoted(&meter, &buffer, argument);
        } else if (!add_directive(&meter, &buffer, &found, argument)) {
            return fail_at(L, top, argument, &found);
        }
    }
    luaL_pushresult(&buffer);
    return 1;
}

int bridge_string_format(lua_State *L) {
    int top = lua_gettop(L);
    size_t length;
    const char *format = luaL_checklstring(L, 1, &length);
    if (length <= SHORT && prepare(L, format, length, top)) return bridge_stock(L)(L);
    return format_long(L, lua_tostring(L, 1), length, top);
}
