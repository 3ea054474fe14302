// Calls of the table functions and of select, on plain tables and on ones with metamethods.

#include "generator.h"

static void emit_element(generator *g) {
    static const char *const odd[] = {"nil", "true", "{}", "1.5", "\"a\"", "\"b\"", "\"\"", "-0.0"};
    if (chance(g, 85)) emit(g, "%d", pick(g, 20) - 5);
    else emit(g, "%s", PICK_TEXT(g, odd));
}

static void emit_elements(generator *g, int most) {
    for (int i = pick(g, most + 1); i > 0; i--) {
        emit_element(g);
        if (i > 1) emit(g, ", ");
    }
}

// What __len says. A huge one only where no loop reaches for it.
static void emit_length(generator *g, bool may_be_huge) {
    static const char *const odd[] = {"-1", "2.0", "2.5", "\"3\"", "\"x\"", "nil", "math.mininteger"};
    static const char *const huge[] = {"math.maxinteger", "2^53", "1 << 40", "0x7FFFFFFF"};
    if (chance(g, 75)) emit(g, "%d", pick(g, 7));
    else if (may_be_huge && chance(g, 50)) emit(g, "%s", PICK_TEXT(g, huge));
    else emit(g, "%s", PICK_TEXT(g, odd));
}

// Declares a local `name` that is mostly a table; the metamethods tell what is read and written, and in which order.
static void emit_table(generator *g, const char *name, bool may_be_huge) {
    static const char *const others[] = {"nil", "1", "\"text\"", "true", "print"};
    if (chance(g, 2)) {
        emit(g, "local %s = %s ", name, PICK_TEXT(g, others));
        return;
    }
    emit(g, "local %s = {", name);
    emit_elements(g, 8);
    emit(g, "} ");
    if (chance(g, 70)) return;
    if (chance(g, 60)) {  // a proxy
        emit(g, "local %s_store = %s %s = setmetatable({}, {", name, name, name);
        if (chance(g, 90)) emit(g, "__index = function(_, k) note(k) return %s_store[k] end, ", name);
        if (chance(g, 90)) emit(g, "__newindex = function(_, k, v) note(k, v) %s_store[k] = v end, ", name);
        if (chance(g, 90)) emit(g, "__len = function() note(\"len\") return ");
        else emit(g, "other = function() return ");
    } else {
        emit(g, "setmetatable(%s, {", name);
        if (chance(g, 30)) emit(g, "__index = {7, 8, 9, 10, 11, 12}, ");
        if (chance(g, 20)) emit(g, "__index = function(_, k) error(\"no \" .. tostring(k), 0) end, ");
        if (chance(g, 20)) emit(g, "__newindex = function(_, k, v) note(k, v) end, ");
        emit(g, chance(g, 50) ? "__len = function() return " : "other = function() return ");
    }
    emit_length(g, may_be_huge);
    emit(g, " end}) ");
}

// Near the table, or so far off that no loop can run from here to there.
static void emit_index(generator *g, bool may_be_huge) {
    static const char *const odd[] = {"nil", "1.0", "1.5", "\"2\"", "\"x\"", "{}", "-0.0"};
    static const char *const huge[] = {"math.maxinteger", "math.mininteger", "2^53", "2^63", "math.maxinteger - 1"};
    if (chance(g, 85)) emit(g, "%d", pick(g, 12) - 2);
    else if (may_be_huge && chance(g, 60)) emit(g, "%s", PICK_TEXT(g, huge));
    else emit(g, "%s", PICK_TEXT(g, odd));
}

// MARK: Calls

static void emit_insert(generator *g) {
    emit_table(g, "t", false);
    emit(g, "note(table.insert(t");
    if (chance(g, 50)) emit(g, ", "), emit_index(g, true);
    if (chance(g, 97)) emit(g, ", "), emit_element(g);
    if (chance(g, 3)) emit(g, ", 1, 2");
    emit(g, ")) return t");
}

static void emit_remove(generator *g) {
    bool has_position = chance(g, 60);
    emit_table(g, "t", !has_position);
    emit(g, "note(table.remove(t");
    // from far below the table, a negative length would make liblua loop
    if (has_position && chance(g, 5)) emit(g, ", math.maxinteger");
    else if (has_position) emit(g, ", "), emit_index(g, false);
    emit(g, ")) return t");
}

static void emit_concat(generator *g) {
    emit_table(g, "t", false);
    emit(g, "return capture(table.concat(t");
    if (chance(g, 60)) emit(g, chance(g, 95) ? ", \", \"" : ", {}");
    else emit(g, ", nil");
    for (int i = pick(g, 3); i > 0; i--) emit(g, ", "), emit_index(g, false);
    emit(g, "))");
}

// The ends of the range lie together, or so that it is refused.
static void emit_move(generator *g) {
    static const char *const far[] = {
        "math.maxinteger - 2, math.maxinteger, 1",   "1, math.maxinteger, 2",
        "math.mininteger, -1, 1",                    "math.mininteger, math.mininteger + 2, 3",
        "1, 3, math.maxinteger - 1",                 "1, 3, math.maxinteger - 2",
        "-1, math.maxinteger, 1",                    "math.maxinteger, math.mininteger, 1",
        "1, 2, math.maxinteger - 1",                 "0, math.maxinteger, 2",
    };
    emit_table(g, "t", true);
    bool has_target = chance(g, 40);
    if (has_target) emit_table(g, "u", true);
    emit(g, "note(table.move(t, ");
    if (chance(g, 15)) {
        emit(g, "%s", PICK_TEXT(g, far));
    } else {
        for (int i = 0; i < 3; i++) {
            if (i > 0) emit(g, ", ");
            emit_index(g, false);
        }
    }
    emit(g, has_target ? ", u) == u, u) return t" : ") == t) return t");
}

static void emit_unpack(generator *g) {
    emit_table(g, "t", true);
    emit(g, "return capture(%s(t", "table.unpack");
    if (chance(g, 10)) {
        static const char *const far[] = {
            "1, math.maxinteger",
            "math.mininteger, math.maxinteger",
            "math.maxinteger, math.maxinteger",
            "math.mininteger, math.mininteger + 3",
            "1, 10000000",
            "0, 2^31 - 1",
        };
        emit(g, ", %s", PICK_TEXT(g, far));
    } else {
        for (int i = pick(g, 3); i > 0; i--) emit(g, ", "), emit_index(g, false);
    }
    emit(g, "))");
}

// Only consistent orders: what an inconsistent one leads to depends on which elements are compared.
static void emit_sort(generator *g) {
    static const char *const orders[] = {
        "", "", ", function(a, b) return a > b end", ", function(a, b) return a % 7 * 100 + a < b % 7 * 100 + b end",
        ", nil", ", 1", ", function() error(\"stop\", 0) end",
    };
    static const char *const lengths[] = {"-1", "math.maxinteger", "0x7FFFFFFF", "2.5", "3", "0", "\"4\""};
    emit(g, "local t = {");
    int count = pick(g, chance(g, 5) ? 150 : 12);
    bool is_text = chance(g, 20), is_mixed = chance(g, 2);
    for (int i = 0; i < count; i++) {
        if (is_text) emit(g, "\"%c%d\", ", "abc"[pick(g, 3)], pick(g, 30));
        else emit(g, "%d, ", pick(g, 40));
    }
    // one kind of misfit alone makes the same message wherever it is met
    emit(g, "%s} ", is_mixed && count > 0 ? "true" : "");
    if (chance(g, 10)) emit(g, "setmetatable(t, {__len = function() return %s end}) ", PICK_TEXT(g, lengths));
    emit(g, "local is_done, problem = pcall(table.sort, t%s) ", is_text || is_mixed ? "" : PICK_TEXT(g, orders));
    // how far it came is not compared
    emit(g, is_mixed ? "return is_done" : "note(is_done, problem) if is_done then return t end");
}

static void emit_select(generator *g) {
    emit(g, "return capture(select(");
    if (chance(g, 20)) emit(g, "\"#\"");
    else emit_index(g, true);
    for (int i = pick(g, 5); i > 0; i--) emit(g, ", "), emit_element(g);
    emit(g, "))");
}

void emit_table_case(generator *g) {
    switch (pick(g, 8)) {
    case 0: emit_insert(g); return;
    case 1: emit_remove(g); return;
    case 2: emit_concat(g); return;
    case 3: emit_move(g); return;
    case 4: emit_unpack(g); return;
    case 5: emit_sort(g); return;
    case 6: emit_select(g); return;
    default:
        emit(g, "return table.pack(");
        emit_elements(g, 6);
        emit(g, ")");
    }
}
