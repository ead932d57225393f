/*
 * burn THREADS CHILDREN SPAN_MS: THREADS concurrent threads use SPAN_MS milliseconds of CPU time each, and meanwhile CHILDREN children do
 * the same one after the other. Prints the final values of the threads' and children's CPU clocks, in microseconds.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 16 };

static long span_us;

static long clock_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static void *burn(void *unused) {
    while (clock_us(CLOCK_THREAD_CPUTIME_ID) < span_us) continue;
    return unused;
}

static long microseconds(struct timeval time) {
    return time.tv_sec * 1000000L + time.tv_usec;
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS_MAX];
    if (count != 4) return 2;
    int thread_count = atoi(arguments[1]);
    int children = atoi(arguments[2]);
    span_us = atol(arguments[3]) * 1000;
    for (int i = 0; i < thread_count; i++) {
        if (pthread_create(&threads[i], NULL, burn, NULL) != 0) return 1;
    }
    for (int i = 0; i < children; i++) {
        pid_t child = fork();
        if (child < 0) return 1;
        if (child == 0) {
            burn(NULL);
            _exit(0);
        }
        if (waitpid(child, NULL, 0) < 0) return 1;
    }
    for (int i = 0; i < thread_count; i++) pthread_join(threads[i], NULL);
    struct rusage reaped;
    getrusage(RUSAGE_CHILDREN, &reaped);
    printf("%ld\n", clock_us(CLOCK_PROCESS_CPUTIME_ID) + microseconds(reaped.ru_utime) + microseconds(reaped.ru_stime));
    return 0;
}
