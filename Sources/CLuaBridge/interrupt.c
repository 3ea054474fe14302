// Ending a script that doesn't end by itself.
//
// A standing count hook would make the VM check every instruction, so the hook is armed only when it is needed: a
// signal to the Lua thread runs the handler there, where lua_sethook is safe. SIGURG is ignored by default, and nothing
// sends it unasked. A handler that was there before keeps getting the signals that are not for us.

#include "internal.h"

#include <errno.h>
#include <signal.h>

static _Thread_local bridge_context *current __attribute__((tls_model("initial-exec")));
static struct sigaction previous_action;

static void raise_killed(lua_State *L, lua_Debug *frame) {
    (void)frame;
    if (!atomic_load_explicit(&bridge_context_of(L)->killed, memory_order_relaxed)) {
        lua_sethook(L, NULL, 0, 0);  // the universe was revived
        return;
    }
    lua_pushliteral(L, "killed");
    lua_error(L);
}

static void arm(lua_State *L) { lua_sethook(L, raise_killed, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1); }

void bridge_arm_if_killed(bridge_context *context, lua_State *L) {
    atomic_signal_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&context->killed, memory_order_relaxed)) arm(L);
}

static void on_signal(int number, siginfo_t *info, void *machine) {
    int saved_errno = errno;
    bridge_context *context = current;
    if (context != NULL && atomic_load(&context->killed)) {
        lua_State *running = context->running;
        if (running != NULL) arm(running);
    } else if ((previous_action.sa_flags & SA_SIGINFO) != 0) {
        if (previous_action.sa_sigaction != NULL) previous_action.sa_sigaction(number, info, machine);
    } else if (previous_action.sa_handler != SIG_DFL && previous_action.sa_handler != SIG_IGN) {
        previous_action.sa_handler(number);
    }
    errno = saved_errno;
}

static void install_handler(void) {
    struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    sigaction(SIGURG, &action, &previous_action);
}

void bridge_use_this_thread(bridge_context *context) {
    current = context;
    if (atomic_load(&context->has_thread)) return;
    context->thread = pthread_self();
    atomic_store(&context->has_thread, true);
    // A thread inherits its maker's mask, and worker threads of a pool block nearly everything.
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGURG);
    pthread_sigmask(SIG_UNBLOCK, &interrupt, NULL);
}

void bridge_forget_thread(bridge_context *context) {
    if (current == context) current = NULL;
}

void bridge_kill(bridge_context *context) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, install_handler);
    atomic_store(&context->killed, true);
    if (atomic_load(&context->has_thread)) pthread_kill(context->thread, SIGURG);
}

void bridge_revive(bridge_context *context) { atomic_store(&context->killed, false); }

bool bridge_is_killed(bridge_context *context) { return atomic_load(&context->killed); }

int bridge_switch_to(bridge_context *context, lua_State *coroutine, lua_State *from, int argument_count, int *results) {
    context->running = coroutine;
    bridge_arm_if_killed(context, coroutine);
    int status = lua_resume(coroutine, from, argument_count, results);
    context->running = from;
    if (from != NULL) bridge_arm_if_killed(context, from);
    return status;
}
