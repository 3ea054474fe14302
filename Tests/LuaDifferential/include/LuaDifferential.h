// Compares the bounded functions of CLuaBridge with liblua's own, call by call.

#ifndef LUADIFFERENTIAL_H
#define LUADIFFERENTIAL_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Runs `cases` generated cases in both states, whose globals hold the libraries to compare, and stops at the first one
// that differs in a value, a type or an error message. Returns how many were compared; `mismatch` describes the one that
// differs, or is empty. The same seed makes the same cases. Sets the globals `note` and `capture` in both states.
int64_t differential_run(
    lua_State *bounded, lua_State *plain, uint64_t seed, int64_t cases, char *mismatch, size_t size);

// Compares what one piece of Lua source does in both states. What it passes to `note` and returns from `capture(...)`
// counts, and how it fails. False where that differs.
bool differential_compare(
    lua_State *bounded, lua_State *plain, const char *source, size_t length, char *mismatch, size_t size);

// Runs the source in one state and tells whether its error, if it has one, is the text `error`.
bool differential_fails_with(lua_State *L, const char *source, size_t length, const char *error);

// As differential_run, with the functions that scripts have and with a plain liblua.
int64_t differential_against_liblua(uint64_t seed, int64_t cases, char *mismatch, size_t size);

// The names of all functions that liblua's libraries export, a line each: "string.rep".
void differential_list_functions(char *names, size_t size);

#endif
