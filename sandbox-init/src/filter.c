#include "filter.h"

#ifndef NO_FILTER

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fail.h"

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define FOREIGN_BIT 0x40000000u /* x32 */
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#define FOREIGN_BIT 0x80000000u /* no such numbers */
#else
#error "the filter knows x86_64 and aarch64"
#endif

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum { INIT = 1, EVERYTHING_OF_A_USER_PRIORITY = 2 /* PRIO_USER */, EVERYTHING_OF_A_USER_IO = 3 /* IOPRIO_WHO_USER */ };

/*
 * Pids and the like are ints: the kernel ignores the upper half of the register, so the filter looks at the lower half only
 * (both machines are little-endian, and it comes first).
 */
#define ARGUMENT(n) (unsigned)offsetof(struct seccomp_data, args[n])

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define DENY RETURN(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define NO_SUCH_CALL RETURN(SECCOMP_RET_ERRNO | ENOSYS)
#define IF_EQUAL_ELSE_SKIP(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (count))
#define IF_SET_ELSE_SKIP(bits, count) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, (count))

/* A call whose first argument is a pid: not that of PID 1. Ends with the call's number still loaded. */
#define NOT_ON_INIT(call) \
    IF_EQUAL_ELSE_SKIP(call, 4), LOAD(ARGUMENT(0)), IF_EQUAL_ELSE_SKIP(INIT, 1), DENY, ALLOW

/* A call whose first argument says what the second is, one kind being all that a user has. */
#define NOT_ON_INIT_NOR_USER(call, user) \
    IF_EQUAL_ELSE_SKIP(call, 7), LOAD(ARGUMENT(0)), IF_EQUAL_ELSE_SKIP(user, 1), DENY, \
        LOAD(ARGUMENT(1)), IF_EQUAL_ELSE_SKIP(INIT, 1), DENY, ALLOW

/*
 * io_uring is a second way to most system calls, past every filter, and has been the kernel's weakest spot for years. Key rings
 * belong to the uid and outlive every process of it. The contexts of io_setup come out of one budget of the whole machine
 * (fs.aio-max-nr), which one call can take. Nested filters are BPF programs: see NO_BPF_ON_SOCKETS.
 */
#define NEVER(call) IF_EQUAL_ELSE_SKIP(call, 1), NO_SUCH_CALL

/*
 * The kernel translates each filter of a socket or process into machine code, in memory that is counted for the whole machine
 * (net.core.bpf_jit_limit). One run can fill it; when its sockets close together, the kernel's workers deadlock, and no container
 * starts until a reboot. A filter that only looks at bytes has no use in here, so none is accepted. EINVAL is what a kernel without
 * seccomp answers, and what programs that sandbox themselves are prepared for.
 */
#define INVALID RETURN(SECCOMP_RET_ERRNO | EINVAL)
#define DENY_IF(value) IF_EQUAL_ELSE_SKIP(value, 1), DENY
#define NO_BPF_ON_SOCKETS(call) \
    IF_EQUAL_ELSE_SKIP(call, 12), LOAD(ARGUMENT(1)), IF_EQUAL_ELSE_SKIP(SOL_SOCKET, 9), LOAD(ARGUMENT(2)), \
        DENY_IF(SO_ATTACH_FILTER), DENY_IF(SO_ATTACH_BPF), DENY_IF(SO_ATTACH_REUSEPORT_CBPF), DENY_IF(SO_ATTACH_REUSEPORT_EBPF), \
        ALLOW
#define NO_NESTED_FILTER(call) IF_EQUAL_ELSE_SKIP(call, 4), LOAD(ARGUMENT(0)), IF_EQUAL_ELSE_SKIP(PR_SET_SECCOMP, 1), INVALID, ALLOW

/*
 * Sockets that programs use: local ones, the internet's, and netlink, which tells about interfaces. Others reach past the network
 * namespace (AF_VSOCK speaks to the hypervisor) or into rarely trodden corners of the kernel. So do the internet's protocols beside
 * the usual ones, and what their sockets hold is in none of the tables that sockets.c reads (MPTCP, SCTP, UDP-Lite).
 */
#define ALLOW_IF(value) IF_EQUAL_ELSE_SKIP(value, 1), ALLOW
#define ONLY_USUAL_SOCKETS(call) \
    IF_EQUAL_ELSE_SKIP(call, 22), LOAD(ARGUMENT(0)), ALLOW_IF(AF_UNIX), ALLOW_IF(AF_NETLINK), \
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET, 2, 0), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_INET6, 1, 0), \
        RETURN(SECCOMP_RET_ERRNO | EAFNOSUPPORT), LOAD(ARGUMENT(2)), ALLOW_IF(0), ALLOW_IF(IPPROTO_ICMP), ALLOW_IF(IPPROTO_TCP), \
        ALLOW_IF(IPPROTO_UDP), ALLOW_IF(IPPROTO_ICMPV6), ALLOW_IF(IPPROTO_RAW), RETURN(SECCOMP_RET_ERRNO | EPROTONOSUPPORT)

static struct sock_filter program[] = {
    LOAD(offsetof(struct seccomp_data, arch)),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0),
    NO_SUCH_CALL,
    LOAD(offsetof(struct seccomp_data, nr)),
    IF_SET_ELSE_SKIP(FOREIGN_BIT, 1),
    NO_SUCH_CALL,
    NOT_ON_INIT(SYS_prlimit64),
    NOT_ON_INIT(SYS_sched_setaffinity),
    NOT_ON_INIT(SYS_sched_setscheduler),
    NOT_ON_INIT(SYS_sched_setparam),
    NOT_ON_INIT(SYS_sched_setattr),
    NOT_ON_INIT_NOR_USER(SYS_setpriority, EVERYTHING_OF_A_USER_PRIORITY),
    NOT_ON_INIT_NOR_USER(SYS_ioprio_set, EVERYTHING_OF_A_USER_IO),
    NEVER(SYS_io_uring_setup),
    NEVER(SYS_add_key),
    NEVER(SYS_request_key),
    NEVER(SYS_keyctl),
    NEVER(SYS_io_setup),
    NEVER(SYS_seccomp),
    NO_NESTED_FILTER(SYS_prctl),
    NO_BPF_ON_SOCKETS(SYS_setsockopt),
    ONLY_USUAL_SOCKETS(SYS_socket),
    ALLOW,
};

void filter_install(void) {
    const struct sock_fprog filter = {.len = ARRAY_SIZE(program), .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail_call("prctl no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) fail_call("prctl seccomp");
}

#else

/* Only for the test that shows what the filter is good for. */
void filter_install(void) {}

#endif
