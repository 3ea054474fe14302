// Lua's patterns, matched with a meter: backtracking takes exponential time for some patterns, and cubic for many.
//
// The recursion is shaped as liblua's is, so that the same patterns are "too complex". Every item tried costs a step,
// and so does every element of a set, as a script chooses how long sets are.

#include "matcher.h"

#define ESCAPE '%'

static inline int byte_at(const char *p) { return (unsigned char)*p; }

// MARK: Plain text

static bool is_equal(bridge_meter *meter, const char *a, const char *b, size_t length) {
    while (length > BRIDGE_BLOCK) {
        if (memcmp(a, b, BRIDGE_BLOCK) != 0) return false;
        bridge_spend_bytes(meter, BRIDGE_BLOCK);
        a += BRIDGE_BLOCK;
        b += BRIDGE_BLOCK;
        length -= BRIDGE_BLOCK;
    }
    bridge_spend_bytes(meter, length);
    return memcmp(a, b, length) == 0;
}

const char *bridge_find_plain(
    bridge_meter *meter, const char *text, size_t length, const char *needle, size_t needle_length) {
    if (needle_length == 0) return text;
    if (needle_length > length) return NULL;
    const char *last = text + (length - needle_length);
    while (text <= last) {
        size_t window = bridge_smaller((size_t)(last - text) + 1, BRIDGE_BLOCK);
        const char *candidate = memchr(text, *needle, window);
        if (candidate == NULL) {
            bridge_spend_bytes(meter, window);
            text += window;
            continue;
        }
        bridge_spend(meter, 1 + (int32_t)((size_t)(candidate - text) / 64));
        text = candidate + 1;
        if (needle_length == 1) return candidate;
        if (candidate[1] == needle[1] && is_equal(meter, text, needle + 1, needle_length - 1)) return candidate;
    }
    return NULL;
}

// MARK: Single items

// Where the item ends that begins at `p` and matches one byte.
static const char *item_end(bridge_matcher *m, const char *p) {
    char first = *p++;
    if (first == ESCAPE) {
        if (p == m->pattern_end) luaL_error(m->meter.L, "malformed pattern (ends with '%%')");
        return p + 1;
    }
    if (first != '[') return p;
    if (*p == '^') p++;
    do {  // a ']' that comes first stands for itself
        if (p == m->pattern_end) luaL_error(m->meter.L, "malformed pattern (missing ']')");
        bridge_spend(&m->meter, 1);
        p += *p == ESCAPE && p + 1 < m->pattern_end ? 2 : 1;
    } while (*p != ']');
    return p + 1;
}

static inline bool is_in_class(int byte, int class) {
    int is_in;
    switch (class | 0x20) {
    case 'a': is_in = isalpha(byte); break;
    case 'c': is_in = iscntrl(byte); break;
    case 'd': is_in = isdigit(byte); break;
    case 'g': is_in = isgraph(byte); break;
    case 'l': is_in = islower(byte); break;
    case 'p': is_in = ispunct(byte); break;
    case 's': is_in = isspace(byte); break;
    case 'u': is_in = isupper(byte); break;
    case 'w': is_in = isalnum(byte); break;
    case 'x': is_in = isxdigit(byte); break;
    case 'z': is_in = byte == 0; break;
    default: return class == byte;
    }
    return (is_in != 0) == ((class & 0x20) != 0);
}

// `p` is the set's '[', `last` its ']'.
static bool is_in_set(bridge_matcher *m, int byte, const char *p, const char *last) {
    bool found = true;
    p++;
    if (*p == '^') {
        found = false;
        p++;
    }
    while (p < last) {
        bridge_spend(&m->meter, 1);
        int element = byte_at(p);
        if (element == ESCAPE) {
            if (is_in_class(byte, byte_at(p + 1))) return found;
            p += 2;
        } else if (p[1] == '-' && p + 2 < last) {
            if (element <= byte && byte <= byte_at(p + 2)) return found;
            p += 3;
        } else {
            if (element == byte) return found;
            p++;
        }
    }
    return !found;
}

static inline bool item_matches(bridge_matcher *m, const char *s, const char *p, const char *end) {
    if (s >= m->subject_end) return false;
    switch (*p) {
    case '.': return true;
    case ESCAPE: return is_in_class(byte_at(s), byte_at(p + 1));
    case '[': return is_in_set(m, byte_at(s), p, end - 1);
    default: return *p == *s;
    }
}

// MARK: Repetitions and captures

static const char *match_here(bridge_matcher *m, const char *s, const char *p);

static const char *match_longest(bridge_matcher *m, const char *s, const char *p, const char *end) {
    const char *run = s;
    if (*p == '.') {
        run = m->subject_end;
    } else {
        while (item_matches(m, run, p, end)) {
            bridge_spend(&m->meter, 1);
            run++;
        }
    }
    for (;; run--) {
        const char *matched = match_here(m, run, end + 1);
        if (matched != NULL || run == s) return matched;
    }
}

static const char *match_shortest(bridge_matcher *m, const char *s, const char *p, const char *end) {
    for (;; s++) {
        const char *matched = match_here(m, s, end + 1);
        if (matched != NULL) return matched;
        if (!item_matches(m, s, p, end)) return NULL;
    }
}

static const char *open_capture(bridge_matcher *m, const char *s, const char *p, ptrdiff_t length) {
    if (m->capture_count >= BRIDGE_MAX_CAPTURES) luaL_error(m->meter.L, "too many captures");
    m->captures[m->capture_count++] = (bridge_capture){s, length};
    const char *matched = match_here(m, s, p);
    if (matched == NULL) m->capture_count--;
    return matched;
}

static const char *close_capture(bridge_matcher *m, const char *s, const char *p) {
    int index = m->capture_count - 1;
    while (index >= 0 && m->captures[index].length != BRIDGE_CAPTURE_OPEN) index--;
    if (index < 0) luaL_error(m->meter.L, "invalid pattern capture");
    m->captures[index].length = s - m->captures[index].start;
    const char *matched = match_here(m, s, p);
    if (matched == NULL) m->captures[index].length = BRIDGE_CAPTURE_OPEN;
    return matched;
}

// MARK: Items that need more than one byte to decide

// %bxy, with `p` at the x.
static const char *match_balance(bridge_matcher *m, const char *s, const char *p) {
    if (m->pattern_end - p < 2) luaL_error(m->meter.L, "malformed pattern (missing arguments to '%%b')");
    if (s >= m->subject_end || *s != p[0]) return NULL;
    size_t open = 1;
    for (s++; s < m->subject_end; s++) {
        bridge_spend(&m->meter, 1);
        if (*s == p[1]) {
            if (--open == 0) return s + 1;
        } else if (*s == p[0]) {
            open++;
        }
    }
    return NULL;
}

// %1 to %9: what that capture holds.
static const char *match_back_reference(bridge_matcher *m, const char *s, char digit) {
    int index = digit - '1';
    if (index < 0 || index >= m->capture_count || m->captures[index].length == BRIDGE_CAPTURE_OPEN) {
        luaL_error(m->meter.L, "invalid capture index %%%d", index + 1);
    }
    ptrdiff_t length = m->captures[index].length;
    if (length == BRIDGE_CAPTURE_POSITION || m->subject_end - s < length) return NULL;
    return is_equal(&m->meter, m->captures[index].start, s, (size_t)length) ? s + length : NULL;
}

// %f[set], with `*p` at what follows the f; moves it behind the set.
static bool match_frontier(bridge_matcher *m, const char *s, const char **p) {
    const char *set = *p;
    if (*set != '[') luaL_error(m->meter.L, "missing '[' after '%%f' in pattern");
    const char *end = item_end(m, set);
    int before = s == m->subject ? 0 : byte_at(s - 1);
    *p = end;
    return !is_in_set(m, before, set, end - 1) && is_in_set(m, byte_at(s), set, end - 1);
}

// MARK: The pattern

static const char *match_here(bridge_matcher *m, const char *s, const char *p) {
    if (__builtin_expect(m->depth_left-- == 0, 0)) luaL_error(m->meter.L, "pattern too complex");
    const char *matched = NULL;
    while (true) {
        if (p == m->pattern_end) {
            matched = s;
            break;
        }
        bridge_spend(&m->meter, 1);
        switch (*p) {
        case '(':
            matched = p[1] == ')' ? open_capture(m, s, p + 2, BRIDGE_CAPTURE_POSITION)
                                  : open_capture(m, s, p + 1, BRIDGE_CAPTURE_OPEN);
            goto done;
        case ')': matched = close_capture(m, s, p + 1); goto done;
        case '$':
            if (p + 1 != m->pattern_end) break;
            matched = s == m->subject_end ? s : NULL;
            goto done;
        case ESCAPE:
            switch (p[1]) {
            case 'b':
                s = match_balance(m, s, p + 2);
                if (s == NULL) goto done;
                p += 4;
                continue;
            case 'f':
                p += 2;
                if (!match_frontier(m, s, &p)) goto done;
                continue;
            case '0': case '1': case '2': case '3': case '4':
            case '5': case '6': case '7': case '8': case '9':
                s = match_back_reference(m, s, p[1]);
                if (s == NULL) goto done;
                p += 2;
                continue;
            default: break;
            }
            break;
        default: break;
        }

        const char *end = item_end(m, p);
        bool matches = item_matches(m, s, p, end);
        switch (*end) {
        case '?':
            if (matches && (matched = match_here(m, s + 1, end + 1)) != NULL) goto done;
            p = end + 1;
            continue;
        case '*':
        case '-':
            if (!matches) {
                p = end + 1;
                continue;
            }
            matched = *end == '*' ? match_longest(m, s, p, end) : match_shortest(m, s, p, end);
            goto done;
        case '+':
            if (matches) matched = match_longest(m, s + 1, p, end);
            goto done;
        default:
            if (!matches) goto done;
            s++;
            p = end;
        }
    }
done:
    m->depth_left++;
    return matched;
}

const char *bridge_match(bridge_matcher *m, const char *start, const char *pattern) {
    m->depth_left = BRIDGE_MAX_MATCH_DEPTH;
    m->capture_count = 0;
    bridge_spend(&m->meter, 1);
    return match_here(m, start, pattern);
}
