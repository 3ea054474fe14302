// What a measurement can't go below, in C: the same work on a plain liblua, without this project. And what it takes to
// measure a process from outside, which needs C as well.

#ifndef CBENCHMARKFLOOR_H
#define CBENCHMARKFLOOR_H

#include <stdbool.h>

// A plain Lua state with its libraries, whose global `f` takes a checked integer and returns the next one: at once, or,
// if it waits, by yielding and being resumed with the result. NULL without memory.
typedef struct lua_State floor_state;

floor_state *floor_open(bool waits);

void floor_close(floor_state *floor);

// Runs a chunk to its end, resuming it at each yield. Returns whether it ended well.
bool floor_run(floor_state *floor, const char *source);

// Opens the sandbox's state and closes it again, without the thread that Swift gives it.
void sandbox_open_and_close(void);

typedef struct process_usage {
    bool succeeded;    // it could be started and exited with 0
    double wall;       // seconds from before the start to after the end
    double peak_size;  // bytes of resident memory
} process_usage;

// Runs a program with two arguments to its end, its output thrown away, and says what that took.
//
// Linux counts the peak of whoever starts the program as the program's own, so start them from a small process.
process_usage measure_process(const char *program, const char *first, const char *second);

// Seconds of CPU that this process has taken, in all its threads.
double process_cpu_time(void);

#endif
