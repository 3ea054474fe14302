// The limit on the CPU time of a run: that of the Lua thread, which does nothing else meanwhile.
//
// On Linux a timer of the kernel counts it and sends the signal; nothing is spent until then. Elsewhere, and where the
// host wants no signal, the clock is read at every checkpoint.

#include "internal.h"

#include <signal.h>
#include <time.h>
#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif
#endif

#define NANOSECONDS 1000000000ULL

static uint64_t thread_cpu_time(void) {
    struct timespec now = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * NANOSECONDS + (uint64_t)now.tv_nsec;
}

bool bridge_can_use_signals(void) {
#ifdef __linux__
    return true;
#else
    return false;
#endif
}

#ifdef __linux__
static bool has_timer(bridge_context *context) {
    if (context->has_cpu_timer) return true;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = context->configuration.signal};
    event.sigev_value.sival_ptr = context;
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    context->has_cpu_timer = timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &context->cpu_timer) == 0;
    return context->has_cpu_timer;
}

static bool set_timer(bridge_context *context, uint64_t deadline) {
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(deadline / NANOSECONDS), .tv_nsec = (long)(deadline % NANOSECONDS)},
        // Others follow, for a script that the first one didn't end.
        .it_interval = {.tv_nsec = deadline == 0 ? 0 : 10000000},
    };
    return timer_settime(context->cpu_timer, TIMER_ABSTIME, &when, NULL) == 0;
}
#endif

bool bridge_start_cpu_limit(bridge_context *context, uint64_t nanoseconds) {
    context->cpu_deadline = nanoseconds == 0 ? 0 : thread_cpu_time() + nanoseconds;
#ifdef __linux__
    if (context->configuration.signal == 0) return true;
    return has_timer(context) && set_timer(context, context->cpu_deadline);
#else
    return true;
#endif
}

#define GRACE_OF_AN_END 40000000ULL

void bridge_leave_when_overdue(bridge_context *context) {
    uint64_t now = thread_cpu_time();
    if (context->leave_at == 0) {
        context->leave_at = now + GRACE_OF_AN_END;
#ifdef __linux__
        if (context->has_cpu_timer) set_timer(context, context->leave_at);
#endif
    } else if (now >= context->leave_at) {
        bridge_leave(context);
    }
}

void bridge_stop_cpu_limit(bridge_context *context) {
    context->cpu_deadline = 0;
#ifdef __linux__
    if (context->has_cpu_timer) set_timer(context, 0);
#endif
}

void bridge_stop_cpu_timer(bridge_context *context) {
#ifdef __linux__
    if (context->has_cpu_timer) timer_delete(context->cpu_timer);
#else
    (void)context;
#endif
}

// Safe in a signal handler.
void bridge_look_at_cpu_time(bridge_context *context) {
    uint64_t deadline = context->cpu_deadline;
    if (deadline != 0 && thread_cpu_time() >= deadline) bridge_end(context, BRIDGE_CPU_LIMIT);
}
