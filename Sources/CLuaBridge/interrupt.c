// Ending a script that doesn't end by itself.
//
// A standing count hook would make the VM check every instruction, so the hook is armed only when it is needed: a
// signal to the Lua thread runs the handler there, where lua_sethook is safe. SIGURG is the default, as it is ignored
// unless somebody asks for it. A handler that was there before keeps getting the signals that are not for us. Where the
// host wants no signal, a standing hook looks every few thousand instructions instead.
//
// No hook reaches what liblua does in one go: a collector lost in weak tables, a chain of __call, a table full of
// colliding keys. If a script is still there a while after its end, the handler jumps out of liblua and leaves the universe
// as it is: nothing touches it any more, and its memory, which is no one else's, is thrown away whole.

#define _GNU_SOURCE  // pthread_getattr_np
#include "internal.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static _Thread_local bridge_context *current __attribute__((tls_model("initial-exec")));

// MARK: The hook

#define INSTRUCTIONS_BETWEEN_STANDING_HOOKS 2000

static void attend(lua_State *L, lua_Debug *frame) {
    (void)frame;
    bridge_context *context = bridge_context_of(L);
    bridge_disarm(context, L);
    bridge_checkpoint(L);
    bridge_arm_if_needed(context, L);  // a signal may have come since
}

static void note_line_or_attend(lua_State *L, lua_Debug *frame) {
    if (frame->event == LUA_HOOKLINE) bridge_note_line(L, frame);
    else attend(L, frame);
}

static void arm(lua_State *L) { lua_sethook(L, attend, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1); }

void bridge_disarm(bridge_context *context, lua_State *L) {
    bool is_standing = context->configuration.signal == 0;
    int mask = is_standing ? LUA_MASKCOUNT : 0;
    if (context->configuration.covers_lines) mask |= LUA_MASKLINE;
    lua_Hook hook = context->configuration.covers_lines ? note_line_or_attend : attend;
    lua_sethook(L, mask == 0 ? NULL : hook, mask, is_standing ? INSTRUCTIONS_BETWEEN_STANDING_HOOKS : 0);
}

void bridge_arm_if_needed(bridge_context *context, lua_State *L) {
    atomic_signal_fence(memory_order_seq_cst);
    if (__builtin_expect(bridge_is_ending(context) || context->has_excess, 0)) arm(L);
}

void bridge_note_excess(bridge_context *context) {
    if (context->has_excess) return;
    context->has_excess = true;
    if (context->running != NULL) arm(context->running);
}

// What the script did when it was ended, for whoever reads the error.
static void note_traceback(bridge_context *context, lua_State *L) {
    if (context->has_end_traceback) return;
    context->has_end_traceback = true;  // should the next line raise, there is no second try
    if (!lua_checkstack(L, 10)) return;
    luaL_traceback(L, L, NULL, 0);
    bool outer = bridge_begin_critical(context);
    context->end_traceback = strdup(lua_tostring(L, -1));
    bridge_end_critical(context, outer);
    lua_pop(L, 1);
}

bool bridge_should_end(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    if (context->configuration.signal == 0) bridge_look_at_cpu_time(context);
    return bridge_is_ending(context);
}

void bridge_checkpoint(lua_State *L) {
    bridge_context *context = bridge_context_of(L);
    if (context->configuration.signal == 0) bridge_look_at_cpu_time(context);
    if (context->has_excess && !bridge_is_ending(context)) bridge_collect_excess(L);
    if (!bridge_is_ending(context)) return;
    arm(L);
    note_traceback(context, L);
    lua_pushlightuserdata(L, context);  // needs no memory, and no script ever sees it
    lua_error(L);
}

// MARK: The signal

// What was to be done on the signal before ours was installed, each time somebody else had taken it over. They are never
// freed: a handler on another thread may be reading them.
typedef struct previous_action {
    struct sigaction action;
    const struct previous_action *earlier;
} previous_action;

static _Atomic(const previous_action *) previous_actions[NSIG];
static pthread_mutex_t installing = PTHREAD_MUTEX_INITIALIZER;

static void pass_on(int number, siginfo_t *info, void *machine) {
    // Somebody who installed a handler after us may call ours from it, which is then to call the one before.
    static _Thread_local const previous_action *volatile passed_on_to __attribute__((tls_model("initial-exec")));
    const previous_action *before = passed_on_to;
    const previous_action *previous = before != NULL ? before->earlier : atomic_load(&previous_actions[number]);
    if (previous == NULL) return;
    passed_on_to = previous;
    if ((previous->action.sa_flags & SA_SIGINFO) != 0) {
        if (previous->action.sa_sigaction != NULL) previous->action.sa_sigaction(number, info, machine);
    } else if (previous->action.sa_handler != SIG_DFL && previous->action.sa_handler != SIG_IGN) {
        previous->action.sa_handler(number);
    }
    passed_on_to = before;
}

static void on_signal(int number, siginfo_t *info, void *machine) {
    int saved_errno = errno;
    bridge_context *context = current;
    bool is_ours = false;
    if (context != NULL && context->configuration.signal == number) {
        bridge_look_at_cpu_time(context);
        if (bridge_is_ending(context)) {
            if (context->running != NULL) arm(context->running);
            bridge_leave_when_overdue(context);
        }
        is_ours = bridge_is_ending(context) || (info->si_code == SI_TIMER && info->si_value.sival_ptr == context);
    }
    if (!is_ours) pass_on(number, info, machine);
    errno = saved_errno;
}

static bool is_same_action(const struct sigaction *a, const struct sigaction *b) {
    if ((a->sa_flags & SA_SIGINFO) != (b->sa_flags & SA_SIGINFO)) return false;
    return (a->sa_flags & SA_SIGINFO) != 0 ? a->sa_sigaction == b->sa_sigaction : a->sa_handler == b->sa_handler;
}

static void note_previous_action(int number, struct sigaction action) {
    const previous_action *earlier = atomic_load(&previous_actions[number]);
    for (const previous_action *known = earlier; known != NULL; known = known->earlier) {
        if (is_same_action(&known->action, &action)) return;
    }
    previous_action *noted = malloc(sizeof *noted);
    if (noted == NULL) return;
    *noted = (previous_action){action, earlier};
    atomic_store(&previous_actions[number], noted);
}

// Whoever took the signal over since the last run is passed by, and gets what is not for us from here on.
static void install_handler(int number) {
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    struct sigaction present;
    sigemptyset(&action.sa_mask);
    pthread_mutex_lock(&installing);
    if (sigaction(number, NULL, &present) == 0 && !is_same_action(&present, &action)) {
        note_previous_action(number, present);
        sigaction(number, &action, NULL);
    }
    pthread_mutex_unlock(&installing);
}

// MARK: The thread

static void find_stack(bridge_context *context) {
#ifdef __APPLE__
    pthread_t self = pthread_self();
    context->stack_end = (char *)pthread_get_stackaddr_np(self) - pthread_get_stacksize_np(self);
#else
    pthread_attr_t attributes;
    void *end = NULL;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0) return;
    pthread_attr_getstack(&attributes, &end, &size);
    pthread_attr_destroy(&attributes);
    context->stack_end = end;
#endif
}

size_t bridge_stack_left(const bridge_context *context) {
    const char *here = __builtin_frame_address(0);
    if (context->stack_end == NULL || here < context->stack_end) return 0;
    return (size_t)(here - context->stack_end);
}

typedef struct thread_start {
    void (*body)(void *argument);
    void *argument;
} thread_start;

static void *run_thread(void *given) {
    thread_start start = *(thread_start *)given;
    free(given);
#ifdef __APPLE__
    pthread_setname_np("lua");
#else
    pthread_setname_np(pthread_self(), "lua");
#endif
    start.body(start.argument);
    return NULL;
}

int bridge_start_thread(size_t stack_size, void (*body)(void *argument), void *argument) {
    thread_start *start = malloc(sizeof *start);
    if (start == NULL) return ENOMEM;
    *start = (thread_start){body, argument};
    pthread_attr_t attributes;
    pthread_t thread;
    int problem = pthread_attr_init(&attributes);
    if (problem == 0) {
        problem = pthread_attr_setstacksize(&attributes, stack_size);
        if (problem == 0) problem = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        if (problem == 0) problem = pthread_create(&thread, &attributes, run_thread, start);
        pthread_attr_destroy(&attributes);
    }
    if (problem != 0) free(start);
    return problem;
}

void bridge_use_this_thread(bridge_context *context) {
    int number = context->configuration.signal;
    current = context;
    if (number != 0) install_handler(number);
    if (atomic_load(&context->has_thread)) return;
    context->thread = pthread_self();
    find_stack(context);
    atomic_store(&context->has_thread, true);
    if (number == 0) return;
    // A thread inherits its maker's mask, and worker threads of a pool block nearly everything.
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, number);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
}

void bridge_forget_thread(bridge_context *context) {
    if (current == context) current = NULL;
}

// MARK: Leaving

void bridge_leave(bridge_context *context) {
    if (!context->is_inside || context->is_critical) return;
    siglongjmp(context->way_out, 1);
}

void bridge_settle_after_leaving(bridge_context *context) {
    context->is_inside = false;
    context->is_abandoned = true;
    context->running = NULL;
    context->task = NULL;
    context->is_critical = false;
    // The handler that jumped here has its own signal blocked.
    sigset_t interrupt;
    sigemptyset(&interrupt);
    if (context->configuration.signal != 0) sigaddset(&interrupt, context->configuration.signal);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
}

// MARK: The end

void bridge_end(bridge_context *context, bridge_cause cause) {
    int32_t goes_on = BRIDGE_GOES_ON;
    atomic_compare_exchange_strong(&context->end, &goes_on, cause);
    // On the thread itself no signal is needed, and in its handler and its allocator none is wanted.
    if (current == context) {
        if (context->running != NULL) arm(context->running);
    } else if (context->configuration.signal != 0 && atomic_load(&context->has_thread)) {
        pthread_kill(context->thread, context->configuration.signal);
    }
}

bridge_cause bridge_cause_of_end(bridge_context *context) { return (bridge_cause)atomic_load(&context->end); }

void bridge_revive(bridge_context *context) {
    atomic_store(&context->end, BRIDGE_GOES_ON);
    free(context->end_traceback);
    context->end_traceback = NULL;
    context->has_end_traceback = false;
    context->leave_at = 0;
    context->has_overflowed = false;
}

int bridge_switch_to(bridge_context *context, lua_State *coroutine, lua_State *from, int argument_count, int *results) {
    context->running = coroutine;
    bridge_arm_if_needed(context, coroutine);
    int status = lua_resume(coroutine, from, argument_count, results);
    context->running = from;
    if (from != NULL) bridge_arm_if_needed(context, from);
    return status;
}
