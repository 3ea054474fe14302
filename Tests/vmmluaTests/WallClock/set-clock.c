// Sets the wall clock of one program, into which it is preloaded: the file that SET_CLOCK_FILE names holds how many seconds its
// clock is ahead, and may be written while the program runs. The clocks that nobody can set stay as they are.
//
// What the system keeps by the wall clock follows: the time that is read, timers, and waits that end at a time of day.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum { most_files = 1024, pause_us = 20000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// By descriptor: whether it is a timer of the wall clock, and when the program wants it to ring.
static struct {
    int is_wall, is_absolute;
    struct itimerspec wanted;
} timers[most_files];

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

static time_t seconds_ahead(void) {
    const char *path = getenv("SET_CLOCK_FILE");
    FILE *file = path ? fopen(path, "r") : NULL;
    long seconds = 0;
    if (file) {
        if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
        fclose(file);
    }
    return seconds;
}

static int is_wall(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

// MARK: Readings

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = NEXT(clock_gettime)(clock, now);
    if (result == 0 && is_wall(clock)) now->tv_sec += seconds_ahead();
    return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    int result = NEXT(gettimeofday)(now, zone);
    if (result == 0) now->tv_sec += seconds_ahead();
    return result;
}

time_t time(time_t *result) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result) *result = now.tv_sec;
    return now.tv_sec;
}

// MARK: Timers

static struct itimerspec by_system(struct itimerspec wanted) {
    if (wanted.it_value.tv_sec != 0 || wanted.it_value.tv_nsec != 0) {
        wanted.it_value.tv_sec -= seconds_ahead();
        // A time before 1970 has passed.
        if (wanted.it_value.tv_sec < 1) wanted.it_value.tv_sec = 1;
    }
    return wanted;
}

int timerfd_create(int clock, int flags) {
    int timer = NEXT(timerfd_create)(clock, flags);
    if (timer >= 0 && timer < most_files) {
        pthread_mutex_lock(&lock);
        memset(&timers[timer], 0, sizeof timers[timer]);
        timers[timer].is_wall = is_wall(clock);
        pthread_mutex_unlock(&lock);
    }
    return timer;
}

int timerfd_settime(int timer, int flags, const struct itimerspec *wanted, struct itimerspec *before) {
    struct itimerspec adjusted = *wanted;
    if (timer >= 0 && timer < most_files && timers[timer].is_wall) {
        pthread_mutex_lock(&lock);
        timers[timer].is_absolute = (flags & TFD_TIMER_ABSTIME) != 0;
        timers[timer].wanted = *wanted;
        pthread_mutex_unlock(&lock);
        if (flags & TFD_TIMER_ABSTIME) adjusted = by_system(*wanted);
    }
    return NEXT(timerfd_settime)(timer, flags, &adjusted, before);
}

// Timers that were set before the clock was go by the new time too.
static void *follow(void *unused) {
    time_t last = seconds_ahead();
    for (;;) {
        usleep(pause_us);
        time_t ahead = seconds_ahead();
        if (ahead == last) continue;
        last = ahead;
        pthread_mutex_lock(&lock);
        for (int timer = 0; timer < most_files; timer++) {
            if (!timers[timer].is_wall || !timers[timer].is_absolute) continue;
            struct itimerspec adjusted = by_system(timers[timer].wanted);
            NEXT(timerfd_settime)(timer, TFD_TIMER_ABSTIME, &adjusted, NULL);
        }
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

__attribute__((constructor)) static void begin(void) {
    pthread_t thread;
    if (getenv("SET_CLOCK_FILE") && pthread_create(&thread, NULL, follow, NULL) == 0) pthread_detach(thread);
}

// MARK: Waits

// The time of day that a wait ends at is waited for in parts, as the clock may be set meanwhile. Gives whether it has come; else
// when this part ends, by the system's clock.
static int has_come(const struct timespec *end, struct timespec *part) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec > end->tv_sec || (now.tv_sec == end->tv_sec && now.tv_nsec >= end->tv_nsec)) return 1;
    NEXT(clock_gettime)(CLOCK_REALTIME, part);
    part->tv_nsec += pause_us * 1000;
    if (part->tv_nsec >= 1000000000) {
        part->tv_nsec -= 1000000000;
        part->tv_sec++;
    }
    return 0;
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict end) {
    for (;;) {
        struct timespec part;
        if (has_come(end, &part)) part = (struct timespec){0};
        int result = NEXT(sem_timedwait)(semaphore, &part);
        if (result == 0 || part.tv_sec == 0) return result;
    }
}
