// find, match, gmatch and gsub, on a matcher that can be cut short.

#include "matcher.h"

#define ESCAPE '%'

static bridge_matcher start_matcher(
    lua_State *L, const char *subject, size_t length, const char *pattern, size_t pattern_length) {
    bridge_matcher matcher;  // captures stay unset until they are opened
    matcher.meter = bridge_start_meter(L);
    matcher.subject = subject;
    matcher.subject_end = subject + length;
    matcher.pattern_end = pattern + pattern_length;
    return matcher;
}

// MARK: Captures

// The whole match stands in for capture 0 of a pattern that has none. Pushes a position, and gives its length as such.
static bridge_capture get_capture(bridge_matcher *m, int index, const char *start, const char *end) {
    if (index >= m->capture_count) {
        if (index != 0) luaL_error(m->meter.L, "invalid capture index %%%d", index + 1);
        return (bridge_capture){start, end - start};
    }
    bridge_capture capture = m->captures[index];
    if (capture.length == BRIDGE_CAPTURE_OPEN) luaL_error(m->meter.L, "unfinished capture");
    if (capture.length == BRIDGE_CAPTURE_POSITION) lua_pushinteger(m->meter.L, capture.start - m->subject + 1);
    return capture;
}

static void push_capture(bridge_matcher *m, int index, const char *start, const char *end) {
    bridge_capture capture = get_capture(m, index, start, end);
    if (capture.length == BRIDGE_CAPTURE_POSITION) return;
    bridge_spend_bytes(&m->meter, (size_t)capture.length);
    lua_pushlstring(m->meter.L, capture.start, (size_t)capture.length);
}

// Pushes all captures, or the whole match where there is none; returns how many. `start` is NULL for captures alone.
static int push_captures(bridge_matcher *m, const char *start, const char *end) {
    int count = m->capture_count == 0 && start != NULL ? 1 : m->capture_count;
    luaL_checkstack(m->meter.L, count, "too many captures");
    for (int index = 0; index < count; index++) push_capture(m, index, start, end);
    return count;
}

// MARK: find and match

static bool has_specials(bridge_meter *meter, const char *pattern, size_t length) {
    static const bool special[UCHAR_MAX + 1] = {
        ['^'] = true, ['$'] = true, ['*'] = true, ['+'] = true, ['?'] = true,
        ['.'] = true, ['('] = true, ['['] = true, ['%'] = true, ['-'] = true,
    };
    while (length > 0) {
        size_t block = bridge_smaller(length, 1024);
        for (size_t i = 0; i < block; i++) {
            if (special[(unsigned char)pattern[i]]) return true;
        }
        bridge_spend(meter, (int32_t)block / 4);
        pattern += block;
        length -= block;
    }
    return false;
}

static int push_range(lua_State *L, const char *subject, const char *start, const char *end) {
    lua_pushinteger(L, start - subject + 1);
    lua_pushinteger(L, end - subject);
    return 2;
}

static int search(lua_State *L, bool find) {
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t from = bridge_start_position(luaL_optinteger(L, 3, 1), length) - 1;
    if (from > length) {
        lua_pushnil(L);
        return 1;
    }
    const char *start = subject + from;
    bridge_matcher matcher = start_matcher(L, subject, length, pattern, pattern_length);
    if (find && (lua_toboolean(L, 4) || !has_specials(&matcher.meter, pattern, pattern_length))) {
        start = bridge_find_plain(&matcher.meter, start, length - from, pattern, pattern_length);
        if (start != NULL) return push_range(L, subject, start, start + pattern_length);
        lua_pushnil(L);
        return 1;
    }
    bool anchored = *pattern == '^';
    pattern += anchored;
    do {
        const char *end = bridge_match(&matcher, start, pattern);
        if (end == NULL) continue;
        if (!find) return push_captures(&matcher, start, end);
        int positions = push_range(L, subject, start, end);
        return positions + push_captures(&matcher, NULL, NULL);
    } while (start++ < matcher.subject_end && !anchored);
    lua_pushnil(L);
    return 1;
}

int bridge_string_find(lua_State *L) { return search(L, true); }

int bridge_string_match(lua_State *L) { return search(L, false); }

// MARK: gmatch

typedef struct iteration {
    const char *subject;
    const char *subject_end;
    const char *pattern;
    const char *pattern_end;
    const char *next;
    const char *last_end;  // an empty match right behind the last one is none
} iteration;

static int next_match(lua_State *L) {
    iteration *state = lua_touserdata(L, lua_upvalueindex(3));
    bridge_matcher matcher = start_matcher(
        L, state->subject, (size_t)(state->subject_end - state->subject), state->pattern,
        (size_t)(state->pattern_end - state->pattern));
    for (const char *start = state->next; start <= state->subject_end; start++) {
        const char *end = bridge_match(&matcher, start, state->pattern);
        if (end == NULL || end == state->last_end) continue;
        state->next = state->last_end = end;
        return push_captures(&matcher, start, end);
    }
    return 0;
}

int bridge_string_gmatch(lua_State *L) {
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    size_t from = bridge_start_position(luaL_optinteger(L, 3, 1), length) - 1;
    lua_settop(L, 2);  // both strings stay alive as upvalues
    iteration *state = lua_newuserdatauv(L, sizeof *state, 0);
    *state = (iteration){
        .subject = subject,
        .subject_end = subject + length,
        .pattern = pattern,
        .pattern_end = pattern + pattern_length,
        .next = subject + (from > length ? length + 1 : from),
    };
    lua_pushcclosure(L, next_match, 3);
    return 1;
}

// MARK: gsub

// Adds the replacement string, which is argument 3, with its captures filled in.
static void add_template(bridge_matcher *m, luaL_Buffer *buffer, const char *start, const char *end) {
    lua_State *L = m->meter.L;
    size_t length;
    const char *template = lua_tolstring(L, 3, &length);
    const char *template_end = template + length;
    for (const char *escape; (escape = memchr(template, ESCAPE, (size_t)(template_end - template))) != NULL;) {
        bridge_add_bytes(&m->meter, buffer, template, (size_t)(escape - template));
        bridge_spend(&m->meter, 1);
        char what = escape[1];
        template = escape + 2;
        if (what == ESCAPE) {
            luaL_addchar(buffer, ESCAPE);
        } else if (what == '0') {
            bridge_add_bytes(&m->meter, buffer, start, (size_t)(end - start));
        } else if (isdigit((unsigned char)what)) {
            bridge_capture capture = get_capture(m, what - '1', start, end);
            if (capture.length == BRIDGE_CAPTURE_POSITION) luaL_addvalue(buffer);
            else bridge_add_bytes(&m->meter, buffer, capture.start, (size_t)capture.length);
        } else {
            luaL_error(L, "invalid use of '%c' in replacement string", ESCAPE);
        }
    }
    bridge_add_bytes(&m->meter, buffer, template, (size_t)(template_end - template));
}

// Adds what stands in the match's place; false where the match itself stays.
static bool add_replacement(bridge_matcher *m, luaL_Buffer *buffer, const char *start, const char *end, int type) {
    lua_State *L = m->meter.L;
    switch (type) {
    case LUA_TFUNCTION:
        lua_pushvalue(L, 3);
        lua_call(L, push_captures(m, start, end), 1);
        break;
    case LUA_TTABLE:
        push_capture(m, 0, start, end);
        lua_gettable(L, 3);
        break;
    default: add_template(m, buffer, start, end); return true;
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        bridge_add_bytes(&m->meter, buffer, start, (size_t)(end - start));
        return false;
    }
    if (!lua_isstring(L, -1)) return luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    bridge_add_value(&m->meter, buffer);
    return true;
}

int bridge_string_gsub(lua_State *L) {
    size_t length, pattern_length;
    const char *subject = luaL_checklstring(L, 1, &length);
    const char *pattern = luaL_checklstring(L, 2, &pattern_length);
    int type = lua_type(L, 3);
    lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1);
    bool is_replacement = type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION || type == LUA_TTABLE;
    luaL_argexpected(L, is_replacement, 3, "string/function/table");

    bridge_matcher matcher = start_matcher(L, subject, length, pattern, pattern_length);
    bool anchored = *pattern == '^';
    pattern += anchored;
    const char *next = subject;
    const char *last_end = NULL;
    lua_Integer count = 0;
    bool changed = false;
    luaL_Buffer buffer;
    luaL_buffinit(L, &buffer);
    while (count < most) {
        const char *end = bridge_match(&matcher, next, pattern);
        if (end != NULL && end != last_end) {
            count++;
            changed |= add_replacement(&matcher, &buffer, next, end, type);
            next = last_end = end;
        } else if (next < matcher.subject_end) {
            luaL_addchar(&buffer, *next++);
        } else {
            break;
        }
        if (anchored) break;
    }
    if (changed) {
        bridge_add_bytes(&matcher.meter, &buffer, next, (size_t)(matcher.subject_end - next));
        luaL_pushresult(&buffer);
    } else {
        lua_pushvalue(L, 1);
    }
    lua_pushinteger(L, count);
    return 2;
}
