// Calls of the string and utf8 functions, but for patterns.

#include "generator.h"

// MARK: Values

static void emit_odd_value(generator *g) {
    static const char *const values[] = {
        "nil", "true", "false", "setmetatable({}, {__tostring = function() return \"T\" end})", "\"x\"", "\" 3 \"", "\"0x2\"", "\"1e0\"", "2.5", "0/0", "\"\"",
    };
    emit(g, "%s", PICK_TEXT(g, values));
}

void emit_subject(generator *g, int longest) {
    char bytes[512];
    static const char *const alphabets[] = {"ab", "abc", "aA1 _", "a(b)[]%", "xyz.-\n", "a\xC3\xA9\xE2\x82"};
    if (chance(g, 3)) {
        if (chance(g, 50)) emit(g, "%d", pick(g, 2000) - 1000);
        else emit_odd_value(g);
        return;
    }
    int length = chance(g, 10) ? 0 : pick(g, longest + 1);
    const char *alphabet = PICK_TEXT(g, alphabets);
    bool is_random = chance(g, 15);
    for (int i = 0; i < length; i++) {
        bytes[i] = is_random ? (char)pick(g, 256) : alphabet[pick(g, (int)strlen(alphabet))];
        if (!is_random && chance(g, 1)) bytes[i] = 0;
    }
    emit_literal(g, bytes, (size_t)length);
}

void emit_position(generator *g, int length) {
    static const char *const odd[] = {
        "math.maxinteger", "math.mininteger", "2^31", "-2^31", "2^53", "2^63", "1e308", "-1e308",
        "0x7FFFFFFF", "0x80000000", "math.mininteger+1", "math.maxinteger-1", "-0.0", "1.0", "-1.0", "3.0",
    };
    if (chance(g, 80)) emit(g, "%d", pick(g, 2 * length + 7) - length - 3);
    else if (chance(g, 75)) emit(g, "%s", PICK_TEXT(g, odd));
    else emit_odd_value(g);
}

void emit_value(generator *g) {
    static const char *const values[] = {
        "nil", "true", "false", "0", "-1", "math.mininteger", "math.maxinteger", "1.5", "-0.0", "1e100", "0/0", "1/0",
        "3.0", "\"12\"", "\"abc\"", "\"a\\0b\"", "\"q\\\"\\n\\r\\0001\\\\\"", "(\"long\"):rep(40)", "1e15", "2^53",
        "setmetatable({}, {__tostring = function() return note(\"text\") end})",
        "setmetatable({}, {__tostring = function() return 1 end})",
        "setmetatable({}, {__tostring = function() error(\"no text\", 0) end})",
    };
    if (chance(g, 40)) emit(g, "%d", pick(g, 700) - 300);
    else emit(g, "%s", PICK_TEXT(g, values));
}

// MARK: string

static void emit_rep(generator *g) {
    static const char *const counts[] = {
        "0", "-1", "math.mininteger", "2^31", "2^40", "2^62", "math.maxinteger", "2^64",
    };
    char piece[64];
    int length = pick(g, 9), separator = chance(g, 50) ? pick(g, 5) : 0;
    for (int i = 0; i < 64; i++) piece[i] = (char)('a' + pick(g, 26));
    emit(g, "return capture(string.rep(");
    emit_literal(g, piece, (size_t)length);
    // liblua loops for an empty piece as often as it is told to
    if (length + separator == 0 || chance(g, 80)) emit(g, ", %d", pick(g, chance(g, 2) ? 40000 : 60) - 3);
    else if (chance(g, 70)) emit(g, ", %s", PICK_TEXT(g, counts));
    else emit(g, ", "), emit_odd_value(g);
    if (separator > 0) emit(g, ", "), emit_literal(g, piece + 20, (size_t)separator);
    else if (chance(g, 5)) emit(g, ", nil");
    emit(g, "))");
}

void emit_string_case(generator *g) {
    static const char *const plain[] = {"len", "lower", "upper", "reverse"};
    static const char *const ranged[] = {"byte", "sub"};
    switch (pick(g, 5)) {
    case 0: emit_rep(g); return;
    case 1:
        emit(g, "local s = ");
        emit_subject(g, chance(g, 5) ? 300 : 20);
        emit(g, chance(g, 80) ? " return capture(string.%s(s))" : " return capture(s:%s())", PICK_TEXT(g, plain));
        return;
    case 2:
        emit(g, "return capture(string.char(");
        for (int i = pick(g, 6); i > 0; i--) {
            if (chance(g, 95)) emit(g, "%d", pick(g, 257) - (chance(g, 3) ? 1 : 0));
            else emit_position(g, 10);
            if (i > 1) emit(g, ", ");
        }
        emit(g, "))");
        return;
    default:
        emit(g, "local s = ");
        emit_subject(g, chance(g, 3) ? 300 : 12);
        emit(g, chance(g, 80) ? " return capture(string.%s(s, " : " return capture(s:%s(", PICK_TEXT(g, ranged));
        emit_position(g, 12);
        if (chance(g, 60)) emit(g, ", "), emit_position(g, 12);
        emit(g, "))");
    }
}

// MARK: string.format

static void emit_directive(generator *g, char letter) {
    emit(g, "%%");
    for (int i = chance(g, 30) ? pick(g, 3) : 0; i > 0; i--) emit(g, "%c", "-+# 0"[pick(g, 5)]);
    if (chance(g, 25)) emit(g, "%d", pick(g, chance(g, 5) ? 200 : 30));
    if (chance(g, 5)) emit(g, ".");
    else if (chance(g, 20)) emit(g, ".%d", pick(g, chance(g, 5) ? 200 : 30));
    if (chance(g, 1)) emit(g, "%0*d", 1 + pick(g, 60), 0);
    emit(g, "%c", letter);
}

static void emit_format_argument(generator *g, char letter) {
    if (letter == 'p') {  // only values without an address
        static const char *const values[] = {"nil", "true", "0", "1.5", "false"};
        emit(g, "%s", PICK_TEXT(g, values));
    } else if (strchr("cdi", letter) != NULL && chance(g, 85)) {
        emit(g, "%d", pick(g, 300) - (letter == 'c' ? 0 : 100));
    } else if (chance(g, 3)) {
        emit_odd_value(g);
    } else {
        emit_value(g);
    }
}

void emit_format_case(generator *g) {
    static const char letters[] = "ssssdddqiuxXofgGeEaAcp";
    char used[24];
    int count = 0;
    emit(g, "return capture(string.format(\"");
    for (int i = pick(g, 5); i >= 0; i--) {
        if (chance(g, 30)) emit(g, "text ");
        if (chance(g, 10)) emit(g, "%%%%");
        if (chance(g, 90)) {
            char letter = letters[pick(g, (int)sizeof letters - 1)];
            if (chance(g, 70)) emit(g, "%%%c", letter);
            else emit_directive(g, letter);
            used[count++] = letter;
        }
    }
    if (chance(g, 2)) emit(g, "%%%s", chance(g, 50) ? "y" : "");
    emit(g, "\"");
    // the same again as a long format, which is made directive by directive
    if (chance(g, 15)) emit(g, " .. (\".\"):rep(%d)", chance(g, 50) ? 1100 : 40000);
    if (chance(g, 15)) emit(g, " .. \"%%s%%q%%5d%%-8s%%\"");
    int missing = chance(g, 5);
    for (int i = 0; i < count - missing; i++) emit(g, ", "), emit_format_argument(g, used[i]);
    // a string's address differs, and a script doesn't see it
    bool shows_pointers = memchr(used, 'p', (size_t)count) != NULL;
    if (chance(g, 20) && !shows_pointers) emit(g, ", (\"q\\n\\0001\\\"\"):rep(%d), \"z\", 12, \"ab\"", pick(g, 800));
    emit(g, "))");
}

// MARK: string.pack

static void emit_pack_format(generator *g, char *kinds, int *count, bool fixed) {
    static const char options[] = "bBhHlLjJTfndiIsczxX<>=! ";
    emit(g, "\"");
    for (int i = pick(g, 7); i >= 0; i--) {
        char option = options[pick(g, (int)sizeof options - 1)];
        if (fixed && (option == 's' || option == 'z') && chance(g, 90)) option = 'j';
        emit(g, "%c", option);
        if (strchr("iIs!", option) != NULL && chance(g, 70)) emit(g, "%d", pick(g, chance(g, 10) ? 20 : 17));
        if (option == 'c' && chance(g, 97)) emit(g, "%d", pick(g, chance(g, 3) ? 5000 : 12));
        if (option == 'X' && chance(g, 90)) emit(g, "%c", "bhijdlnTsx"[pick(g, 10)]);
        if (strchr("xX<>=! ", option) == NULL) kinds[(*count)++] = option;
    }
    if (chance(g, 2)) emit(g, "y");
    if (chance(g, 1)) emit(g, "\\0i");
    emit(g, "\"");
}

static void emit_pack_argument(generator *g, char kind) {
    static const char *const integers[] = {
        "127", "128", "255", "256", "-128", "-129", "32767", "65535", "65536", "-32769", "0x7FFFFFFF", "0x80000000",
        "math.maxinteger", "math.mininteger", "2^31", "1.5", "\"7\"", "1 << 39", "-1 << 23", "(1 << 23) - 1",
    };
    if (chance(g, 2)) {
        emit_odd_value(g);
    } else if (strchr("scz", kind) != NULL) {
        emit_subject(g, chance(g, 3) ? 300 : 8);
    } else if (strchr("fnd", kind) != NULL || chance(g, 60)) {
        emit(g, chance(g, 50) ? "%d" : "%d / 3", pick(g, 256) - 100);
    } else {
        emit(g, "%s", PICK_TEXT(g, integers));
    }
}

void emit_pack_case(generator *g) {
    char kinds[32];
    int count = 0;
    emit(g, "local f = ");
    int function = pick(g, 4);
    emit_pack_format(g, kinds, &count, function == 0);
    switch (function) {
    case 0:
        emit(g, " return capture(string.packsize(f%s))", chance(g, 10) ? " .. \"c2147483647\"" : "");
        return;
    case 1:
        emit(g, " return capture(string.unpack(f%s, ", chance(g, 3) ? " .. \"c2147483647\"" : "");
        emit_subject(g, 60);
        if (chance(g, 30)) emit(g, ", "), emit_position(g, 20);
        emit(g, "))");
        return;
    default: {
        emit(g, " local s = string.pack(f");
        int missing = chance(g, 5);
        for (int i = 0; i < count - missing; i++) emit(g, ", "), emit_pack_argument(g, kinds[i]);
        emit(g, ") note(s) return capture(string.unpack(f, s))");
    }
    }
}

// MARK: utf8

static void emit_utf8_subject(generator *g) {
    static const char *const sequences[] = {
        "a", "b", "z", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
        "\xF8\x88\x80\x80\x80", "\xFD\xBF\xBF\xBF\xBF\xBF", "\xC0\x80", "\xE0\x80\x80", "\x80", "\xBF\xBF", "\xFF",
        "\xFE\x80\x80\x80\x80\x80\x80", "\xE2\x82", "\xC3", "\xFC\x84\x80\x80\x80\x80", "\xFC\x80\x80\x80\x80\x80",
    };
    if (chance(g, 10)) {
        emit_subject(g, 12);
        return;
    }
    char bytes[128];
    size_t length = 0;
    bool is_valid = chance(g, 60);
    for (int i = pick(g, 9); i > 0; i--) {
        const char *sequence = sequences[pick(g, is_valid ? 6 : 20)];
        memcpy(bytes + length, sequence, strlen(sequence));
        length += strlen(sequence);
    }
    emit_literal(g, bytes, length);
}

void emit_utf8_case(generator *g) {
    static const char *const functions[] = {"len", "codepoint", "offset"};
    static const char *const codes[] = {
        "0x7F", "0x80", "0x7FF", "0x800", "0xFFFF", "0x10000", "0x1FFFFF", "0x200000", "0x3FFFFFF", "0x4000000",
        "0x7FFFFFFF", "0x80000000", "-1", "\"65\"", "65.0", "nil", "0xD800", "0x110000", "math.mininteger",
    };
    switch (pick(g, 6)) {
    case 0:
        emit(g, "return capture(utf8.char(");
        for (int i = pick(g, 5); i > 0; i--) {
            if (chance(g, 60)) emit(g, "%d", pick(g, 1 << pick(g, 22)));
            else emit(g, "%s", PICK_TEXT(g, codes));
            if (i > 1) emit(g, ", ");
        }
        emit(g, "))");
        return;
    case 1:
        emit(g, "for p, c in utf8.codes(");
        emit_utf8_subject(g);
        emit(g, "%s) do note(p, c) end", chance(g, 30) ? ", true" : "");
        return;
    case 2:
        emit(g, "local f, s, i = utf8.codes(");
        emit_utf8_subject(g);
        emit(g, "%s) note(s, i) return capture(f(s, ", chance(g, 30) ? ", true" : "");
        emit_position(g, 10);
        emit(g, "))");
        return;
    default:
        emit(g, "return capture(utf8.%s(", PICK_TEXT(g, functions));
        emit_utf8_subject(g);
        for (int i = pick(g, 3); i > 0; i--) emit(g, ", "), emit_position(g, 10);
        if (chance(g, 30)) emit(g, ", true");
        emit(g, "))");
    }
}
