/* The seccomp filter over PID 1 and, by inheritance, over every program. */
#ifndef FILTER_H
#define FILTER_H

/* Keeps programs, which have PID 1's uid, from changing its resource limits, priority, scheduling or affinity. */
void filter_install(void);

#endif
