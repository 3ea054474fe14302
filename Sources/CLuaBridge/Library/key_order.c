// Keys as numbers that ascend in the defined order, and their sorting.

#include "traversal.h"

// Up to 8 bytes of a string from `offset` on, the first one highest; how many there are is the finer part, as "a" comes
// before "a\0".
rank bridge_rank_of_bytes(const char *bytes, size_t length, size_t offset) {
    size_t left = length - offset;
    uint64_t prefix = 0;
    if (left >= 8) {
        memcpy(&prefix, bytes + offset, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        prefix = __builtin_bswap64(prefix);
#endif
        left = 8;
    } else {
        for (size_t i = 0; i < left; i++) prefix |= (uint64_t)(uint8_t)bytes[offset + i] << (56 - 8 * i);
    }
    return make_rank(CLASS_STRING, prefix, (unsigned)left);
}

uint64_t bridge_ascending_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, 8);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

static rank rank_of_number(lua_State *L, int index) {
    const uint64_t sign = (uint64_t)1 << 63;
    int is_integer;
    lua_Integer integer = lua_tointegerx(L, index, &is_integer);  // for a float with such a value too, as Lua's keys
    if (is_integer) {
        if (integer >= 1) return make_rank(CLASS_POSITIVE, (uint64_t)integer, 0);
        return make_rank(CLASS_NUMBER, (uint64_t)integer ^ sign, 0);
    }
    double value = lua_tonumber(L, index);
    if (value >= 0x1p63) return make_rank(CLASS_HIGH_FLOAT, bridge_ascending_bits(value), 0);
    if (value < -0x1p63) return make_rank(CLASS_LOW_FLOAT, bridge_ascending_bits(value), 0);
    // It has a fraction, so it stands above the integer below it.
    lua_Integer below = (lua_Integer)value;
    if ((double)below > value) below--;
    return make_rank(CLASS_NUMBER, (uint64_t)below ^ sign, 1);
}

rank bridge_rank_of_key(lua_State *L, int index) {
    int type = lua_type(L, index);
    if (type == LUA_TSTRING) {
        size_t length;
        const char *bytes = lua_tolstring(L, index, &length);
        return bridge_rank_of_bytes(bytes, length, 0);
    }
    if (type == LUA_TNUMBER) return rank_of_number(L, index);
    if (type == LUA_TBOOLEAN) return make_rank(CLASS_BOOLEAN, (uint64_t)lua_toboolean(L, index), 0);
    uint64_t serial = bridge_serial(L, index);
    if (serial != 0) return make_rank(CLASS_OBJECT, serial, 0);
    bool is_function = type == LUA_TFUNCTION;
    uint64_t address = (uint64_t)(uintptr_t)lua_topointer(L, index);
    return make_rank(is_function ? CLASS_LIGHT_FUNCTION : CLASS_LIGHT_USERDATA, address, 0);
}

// Strings may be long enough to be compared in pieces.
static int compare_bytes(const char *a, size_t length_of_a, const char *b, size_t length_of_b, bridge_meter *meter) {
    size_t left = length_of_a < length_of_b ? length_of_a : length_of_b;
    while (left > 0) {
        size_t piece = bridge_smaller(left, BRIDGE_BLOCK);
        bridge_spend(meter, 1);
        bridge_spend_bytes(meter, piece);
        int order = memcmp(a, b, piece);
        if (order != 0) return order;
        a += piece;
        b += piece;
        left -= piece;
    }
    return (length_of_a > length_of_b) - (length_of_a < length_of_b);
}

int bridge_compare_keys(lua_State *L, int a, rank of_a, int b, rank of_b, bridge_meter *meter) {
    if (of_a != of_b) return of_a < of_b ? -1 : 1;
    if (!is_coarse(of_a)) return 0;
    if (class_of_rank(of_a) == CLASS_NUMBER) {
        double x = lua_tonumber(L, a), y = lua_tonumber(L, b);
        return (x > y) - (x < y);
    }
    size_t length_of_a, length_of_b;
    const char *x = lua_tolstring(L, a, &length_of_a);
    const char *y = lua_tolstring(L, b, &length_of_b);
    return compare_bytes(x, length_of_a, y, length_of_b, meter);
}

// MARK: Sorting ranks

#define SHORT_RUN 8
#define MERGED_AT_ONCE 1024

static void sort_short_run(rank *ranks, size_t count) {
    for (size_t i = 1; i < count; i++) {
        rank moved = ranks[i];
        size_t j = i;
        for (; j > 0 && moved < ranks[j - 1]; j--) ranks[j] = ranks[j - 1];
        ranks[j] = moved;
    }
}

static void merge(const rank *left, size_t left_count, const rank *right, size_t right_count, rank *to,
                  bridge_meter *meter) {
    const rank *left_end = left + left_count, *right_end = right + right_count;
    while (left < left_end && right < right_end) {
        // So many steps can't pass either end, and without a branch to foresee they are fast.
        size_t steps = (size_t)(left_end - left), most = (size_t)(right_end - right);
        if (steps > most) steps = most;
        if (steps > MERGED_AT_ONCE) steps = MERGED_AT_ONCE;
        for (size_t i = 0; i < steps; i++) {
            rank a = *left, b = *right;
            bool takes_right = b < a;
            *to++ = takes_right ? b : a;
            right += takes_right;
            left += !takes_right;
        }
        bridge_spend(meter, 1 + (int32_t)steps / 8);
    }
    memcpy(to, left, (size_t)(left_end - left) * sizeof(rank));
    memcpy(to + (left_end - left), right, (size_t)(right_end - right) * sizeof(rank));
}

void bridge_sort_ranks(rank *ranks, rank *scratch, size_t count, bridge_meter *meter) {
    for (size_t i = 0; i < count; i += SHORT_RUN) {
        sort_short_run(ranks + i, count - i < SHORT_RUN ? count - i : SHORT_RUN);
        bridge_spend(meter, 1);
    }
    rank *from = ranks, *to = scratch;
    for (size_t width = SHORT_RUN; width < count; width *= 2) {
        for (size_t i = 0; i < count; i += 2 * width) {
            size_t left = count - i < width ? count - i : width;
            size_t right = count - i - left < width ? count - i - left : width;
            if (right == 0 || from[i + left - 1] < from[i + left]) {
                memcpy(to + i, from + i, (left + right) * sizeof(rank));
                bridge_spend(meter, 1 + (int32_t)((left + right) / 64));
            } else {
                merge(from + i, left, from + i + left, right, to + i, meter);
            }
        }
        rank *sorted = to;
        to = from;
        from = sorted;
    }
    if (from != ranks) memcpy(ranks, from, count * sizeof(rank));
}
