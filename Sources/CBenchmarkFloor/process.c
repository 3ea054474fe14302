#define _GNU_SOURCE  // wait4

#include "CBenchmarkFloor.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double seconds(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double process_cpu_time(void) {
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

process_usage measure_process(const char *program, const char *first, const char *second) {
    const char *arguments[] = {program, first, second, NULL};
    process_usage usage = {false, 0, 0};
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0) return usage;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    double start = seconds(CLOCK_MONOTONIC);
    pid_t process;
    int failure = posix_spawn(&process, program, &actions, NULL, (char *const *)arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) return usage;

    int status = 0;
    struct rusage resources;
    if (wait4(process, &status, 0, &resources) != process) return usage;
    usage.wall = seconds(CLOCK_MONOTONIC) - start;
#ifdef __APPLE__
    usage.peak_size = (double)resources.ru_maxrss;
#else
    usage.peak_size = (double)resources.ru_maxrss * 1024;
#endif
    usage.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return usage;
}
