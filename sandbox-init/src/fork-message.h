/* What a cell and the fork server say to each other. */
#ifndef FORK_MESSAGE_H
#define FORK_MESSAGE_H

#include <stdint.h>

/* Descriptors of the fork server. The first one only tells an interpreter, by the name of its file, that it is to be one. */
enum { FORK_MARK = 3, FORK_SOCKET = 4 };

#define FORK_MARK_NAME "code-runner-fork-server"

/* Descriptors of a request, which is one byte long: the namespaces of the cell, in the order in which they are entered, and the pipes. */
enum {
    FORK_NAMESPACES = 7,
    FORK_INPUT = FORK_NAMESPACES,
    FORK_OUTPUT,
    FORK_ERRORS,
    FORK_GATE,   /* the copy says with a byte that nothing is left to give up; then a byte comes when the program is there */
    FORK_ANSWER, /* where the fork server's answer goes */
    FORK_DESCRIPTORS,
};

struct fork_answer {
    int64_t process; /* its id in the cell; -1: there is none */
    uint64_t cpu_ns; /* what the fork server has used since its last answer */
};

/* Bytes that come through the gate: what standard input is. */
enum { FORK_GO_WITHOUT_INPUT = 'n', FORK_GO_WITH_INPUT = 'p' };

#endif
