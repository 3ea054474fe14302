// Calls of find, match, gmatch and gsub with patterns of a grammar, and some that break it.

#include "generator.h"

typedef struct pattern {
    char bytes[256];
    size_t length;
    int repetitions;  // left: each multiplies the time that liblua takes
    int open;         // captures
} pattern;

static void add(pattern *p, const char *text) {
    size_t length = strlen(text);
    if (p->length + length > sizeof p->bytes) return;
    memcpy(p->bytes + p->length, text, length);
    p->length += length;
}

static void add_byte(pattern *p, char byte) {
    if (p->length < sizeof p->bytes) p->bytes[p->length++] = byte;
}

static char pick_byte(generator *g) {
    if (chance(g, 2)) return (char)pick(g, 256);
    return "aaabbcA1 _xyz\n"[pick(g, 14)];
}

static void add_class(generator *g, pattern *p) {
    add_byte(p, '%');
    add_byte(p, "acdglpsuwxzACDGLPSUWXZ.-%()[]^$*+?q"[pick(g, 35)]);
}

static void add_set(generator *g, pattern *p) {
    add(p, chance(g, 30) ? "[^" : "[");
    if (chance(g, 8)) add_byte(p, ']');
    for (int i = pick(g, 4); i >= 0; i--) {
        switch (pick(g, 8)) {
        case 0:
        case 1: add_class(g, p); break;
        case 2:
            add_byte(p, pick_byte(g));
            add_byte(p, '-');
            add_byte(p, pick_byte(g));
            break;
        case 3: add(p, chance(g, 50) ? "-" : "^"); break;
        case 4: add(p, "a-z"); break;
        default: add_byte(p, pick_byte(g));
        }
    }
    if (chance(g, 97)) add_byte(p, ']');
}

static void add_item(generator *g, pattern *p) {
    switch (pick(g, 5)) {
    case 0: add_byte(p, '.'); break;
    case 1: add_class(g, p); break;
    case 2: add_set(g, p); break;
    default: add_byte(p, pick_byte(g));
    }
    if (p->repetitions > 0 && chance(g, 45)) {
        p->repetitions--;
        add_byte(p, "*+-?"[pick(g, 4)]);
    }
}

static void add_element(generator *g, pattern *p) {
    switch (pick(g, 16)) {
    case 0:
    case 1:
        add_byte(p, '(');
        p->open++;
        break;
    case 2:
    case 3:
        if (p->open > 0 || chance(g, 3)) {
            add_byte(p, ')');
            p->open--;
        }
        break;
    case 4: add(p, "()"); break;
    case 5:
        add(p, "%f");
        if (chance(g, 97)) add_set(g, p);
        break;
    case 6:
        add(p, "%b");
        if (chance(g, 97)) add(p, chance(g, 50) ? "()" : "ab");
        break;
    case 7:
        add_byte(p, '%');
        add_byte(p, (char)('0' + pick(g, chance(g, 90) ? 3 : 10)));
        break;
    case 8:
        if (chance(g, 20)) add(p, chance(g, 50) ? "$" : "^");
        break;
    default: add_item(g, p);
    }
}

static void emit_pattern(generator *g, int repetitions) {
    pattern p = {.repetitions = repetitions};
    if (chance(g, 3)) {  // any bytes at all
        for (int i = pick(g, 6); i > 0; i--) add_byte(&p, "a%[]^$()*-.+?f1b"[pick(g, 16)]);
    } else if (chance(g, 8)) {  // plain text
        for (int i = pick(g, 4); i > 0; i--) add_byte(&p, "ab"[pick(g, 2)]);
    } else {
        if (chance(g, 15)) add_byte(&p, '^');
        for (int i = pick(g, 6); i >= 0; i--) add_element(g, &p);
        while (p.open-- > 0 && chance(g, 96)) add_byte(&p, ')');
        if (chance(g, 15)) add_byte(&p, '$');
        if (chance(g, 1)) add_byte(&p, '%');
    }
    if (chance(g, 2)) emit(g, "%d", pick(g, 20));
    else emit_literal(g, p.bytes, p.length);
}

// Subject and pattern such that liblua backtracks little: with more repetitions the subject is shorter.
static void emit_subject_and_pattern(generator *g) {
    bool is_long = chance(g, 10);
    emit_subject(g, is_long ? 60 : 14);
    emit(g, ", ");
    emit_pattern(g, is_long ? 2 : 4);
}

// MARK: Replacements

static void emit_template(generator *g) {
    char bytes[32];
    size_t length = 0;
    for (int i = pick(g, 4); i > 0; i--) {
        if (chance(g, 50)) {
            bytes[length++] = '%';
            bytes[length++] = chance(g, 96) ? "0011223%"[pick(g, 8)] : (char)pick(g, 256);
        } else {
            bytes[length++] = "xyz"[pick(g, 3)];
        }
    }
    if (chance(g, 1)) bytes[length++] = '%';
    emit_literal(g, bytes, length);
}

static void emit_replacement(generator *g) {
    static const char *const others[] = {
        "function(...) note(...) end",
        "function(a) return note(a) end",
        "function(a, b) return b end",
        "function(a) return #note(a), 1 end",
        "function(a) if a == \"a\" then return false end return \"<\" .. a .. \">\" end",
        "function() return {} end",
        "function() return true end",
        "function() error(\"stop\") end",
        "{a = \"A\", b = 2, ab = false, [1] = \"one\", [2] = {}}",
        "setmetatable({}, {__index = function(_, k) note(k) return k == \"b\" and \"B\" or nil end})",
        "12",
        "nil",
        "true",
        "string.upper",
        "function(s) return (s:gsub(\"a\", \"%0%0\")) end",
    };
    if (chance(g, 55)) emit_template(g);
    else emit(g, "%s", PICK_TEXT(g, others));
}

// MARK: Calls

// Patterns at the limits: recursion is 200 deep, captures are 32.
static void emit_limit_case(generator *g) {
    int near = 195 + pick(g, 12), captures = 30 + pick(g, 5);
    switch (pick(g, 4)) {
    case 0: emit(g, "return capture(string.find((\"a\"):rep(%d), (\"a?\"):rep(%d)))", near, near); break;
    case 1: emit(g, "return capture(string.match((\"a\"):rep(40), (\"(a)\"):rep(%d)))", captures); break;
    case 2: emit(g, "return capture(string.gsub((\"a\"):rep(90), (\"()\"):rep(%d), \"%%9\"))", captures); break;
    default: emit(g, "return capture(string.find((\"a\"):rep(%d), (\"a\"):rep(%d) .. \"$\"))", near, near);
    }
}

void emit_pattern_case(generator *g) {
    static const char *const searches[] = {"find", "match"};
    if (chance(g, 1)) {
        emit_limit_case(g);
        return;
    }
    switch (pick(g, 4)) {
    case 0:
        emit(g, "for a, b, c in string.gmatch(");
        emit_subject_and_pattern(g);
        if (chance(g, 20)) emit(g, ", "), emit_position(g, 10);
        emit(g, ") do note(a, b, c) end");
        return;
    case 1:
        emit(g, "return capture(string.gsub(");
        emit_subject_and_pattern(g);
        emit(g, ", ");
        emit_replacement(g);
        if (chance(g, 20)) emit(g, ", "), emit_position(g, 3);
        emit(g, "))");
        return;
    default:
        emit(g, "return capture(string.%s(", PICK_TEXT(g, searches));
        emit_subject_and_pattern(g);
        if (chance(g, 30)) {
            emit(g, ", ");
            emit_position(g, 10);
            if (chance(g, 30)) emit(g, chance(g, 80) ? ", true" : ", false");
        }
        emit(g, "))");
    }
}
