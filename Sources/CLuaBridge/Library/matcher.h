// Lua's patterns, matched with a meter.

#ifndef CLUABRIDGE_MATCHER_H
#define CLUABRIDGE_MATCHER_H

#include "libraries.h"

#define BRIDGE_MAX_CAPTURES 32
#define BRIDGE_MAX_MATCH_DEPTH 200

// Lengths of captures that are no stretch of the subject.
#define BRIDGE_CAPTURE_OPEN (-1)
#define BRIDGE_CAPTURE_POSITION (-2)

typedef struct bridge_capture {
    const char *start;
    ptrdiff_t length;
} bridge_capture;

// One subject and one pattern. Both must stay on the Lua stack or in upvalues: the matcher points into them.
typedef struct bridge_matcher {
    bridge_meter meter;
    const char *subject;
    const char *subject_end;
    const char *pattern_end;
    int depth_left;
    int capture_count;
    bridge_capture captures[BRIDGE_MAX_CAPTURES];
} bridge_matcher;

// Where the match ends that begins at `start` of the subject, or NULL. Raises for a malformed pattern.
const char *bridge_match(bridge_matcher *matcher, const char *start, const char *pattern);

// The first place where `needle` stands in `text`, or NULL.
const char *bridge_find_plain(
    bridge_meter *meter, const char *text, size_t length, const char *needle, size_t needle_length);

#endif
