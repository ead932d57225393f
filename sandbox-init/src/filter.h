/* The seccomp filter over PID 1 and, by inheritance, over every program. */
#ifndef FILTER_H
#define FILTER_H

/*
 * Programs have the uid of PID 1. The filter keeps them from changing its resource limits, priority, scheduling or affinity, and from
 * taking resources that the kernel counts for the whole machine or not at all (docs/kernel-resources.md).
 */
void filter_install(void);

#endif
