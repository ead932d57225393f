#include "filter.h"

#ifndef NO_FILTER

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
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
#error "the filter supports only x86_64 and aarch64"
#endif

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

enum { INIT = 1, EVERYTHING_OF_A_USER_PRIORITY = 2 /* PRIO_USER */, EVERYTHING_OF_A_USER_IO = 3 /* IOPRIO_WHO_USER */ };

/* Socket options. No libc defines all of them. */
enum {
    HEADERS_6 = 6,         /* IPV6_2292PKTOPTIONS */
    JOIN_6 = 20,           /* IPV6_JOIN_GROUP */
    FLOW_LABEL_6 = 32,     /* IPV6_FLOWLABEL_MGR */
    JOIN = 42,             /* MCAST_JOIN_GROUP */
    JOIN_SOURCE = 46,      /* MCAST_JOIN_SOURCE_GROUP */
    SOURCES = 48,          /* MCAST_MSFILTER */
    ROUTING_HEADER_6 = 57, /* IPV6_RTHDR */
    MD5_KEY = 14,          /* TCP_MD5SIG */
    PROTOCOL_ON_TOP = 31,  /* TCP_ULP */
    MD5_KEYS = 32,         /* TCP_MD5SIG_EXT */
    AUTHENTICATION_KEY = 38, /* TCP_AO_ADD_KEY */
};

/* System calls that some libcs do not define. Their numbers are the same on every architecture. */
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

/*
 * Pids and similar arguments are ints: the kernel ignores the upper half of the register, so the filter checks only the lower half
 * (both architectures are little-endian, so it comes first).
 */
#define ARGUMENT(n) (unsigned)offsetof(struct seccomp_data, args[n])

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define DENY RETURN(SECCOMP_RET_ERRNO | EPERM)
#define ALLOW RETURN(SECCOMP_RET_ALLOW)
#define NO_SUCH_CALL RETURN(SECCOMP_RET_ERRNO | ENOSYS)
#define IF_EQUAL_ELSE_SKIP(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (count))
#define IF_SET_ELSE_SKIP(bits, count) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, (count))

/* Refuses a call whose first argument is the pid of PID 1. */
#define NOT_ON_INIT(call) \
    IF_EQUAL_ELSE_SKIP(call, 4), LOAD(ARGUMENT(0)), IF_EQUAL_ELSE_SKIP(INIT, 1), DENY, ALLOW

/* The same for a call whose first argument is the kind of the second. One kind means all processes of a user. */
#define NOT_ON_INIT_NOR_USER(call, user) \
    IF_EQUAL_ELSE_SKIP(call, 7), LOAD(ARGUMENT(0)), IF_EQUAL_ELSE_SKIP(user, 1), DENY, \
        LOAD(ARGUMENT(1)), IF_EQUAL_ELSE_SKIP(INIT, 1), DENY, ALLOW

/*
 * io_uring offers most system calls without passing any filter, and has had many vulnerabilities. Key rings
 * belong to the uid and outlive its processes. The contexts of io_setup come out of one budget of the whole machine
 * (fs.aio-max-nr), which one call can exhaust. Nested filters are BPF programs: see NO_BPF_ON_SOCKETS. Pages of memfd_secret split the
 * kernel's own large pages permanently. Engines refuse the other calls as well, but not every engine in every version.
 */
#define NEVER(call) IF_EQUAL_ELSE_SKIP(call, 1), NO_SUCH_CALL

/*
 * The kernel translates each filter of a socket or process into machine code, in memory that is counted for the whole machine
 * (net.core.bpf_jit_limit). One run can fill it; when its sockets close together, the kernel's workers deadlock, and no container
 * starts until a reboot. Programs in a sandbox do not need such filters, so all are refused. EINVAL is what a kernel without
 * seccomp returns, and programs that sandbox themselves handle it.
 */
#define INVALID RETURN(SECCOMP_RET_ERRNO | EINVAL)
#define DENY_IF(value) IF_EQUAL_ELSE_SKIP(value, 1), DENY
#define NO_BPF_ON_SOCKETS \
    IF_EQUAL_ELSE_SKIP(SOL_SOCKET, 10), LOAD(ARGUMENT(2)), DENY_IF(SO_ATTACH_FILTER), DENY_IF(SO_ATTACH_BPF), \
        DENY_IF(SO_ATTACH_REUSEPORT_CBPF), DENY_IF(SO_ATTACH_REUSEPORT_EBPF), ALLOW

/*
 * Options that make a socket hold kernel memory that no cgroup is charged for, up to net.core.optmem_max each: extension headers,
 * groups and labels of IPv6, and signing keys of TCP. A thousand sockets with headers hold 64 MiB. TLS in the kernel is similar.
 * To a program it looks as if the kernel did not have these options.
 */
#define NO_SUCH_OPTION_IF(value) IF_EQUAL_ELSE_SKIP(value, 1), RETURN(SECCOMP_RET_ERRNO | ENOPROTOOPT)
#define NO_HOARDING_IN_IPV6 \
    IF_EQUAL_ELSE_SKIP(IPPROTO_IPV6, 16), LOAD(ARGUMENT(2)), NO_SUCH_OPTION_IF(HEADERS_6), NO_SUCH_OPTION_IF(JOIN_6), \
        NO_SUCH_OPTION_IF(FLOW_LABEL_6), NO_SUCH_OPTION_IF(ROUTING_HEADER_6), NO_SUCH_OPTION_IF(JOIN), \
        NO_SUCH_OPTION_IF(JOIN_SOURCE), NO_SUCH_OPTION_IF(SOURCES), ALLOW
#define NO_HOARDING_IN_TCP \
    IF_EQUAL_ELSE_SKIP(IPPROTO_TCP, 10), LOAD(ARGUMENT(2)), NO_SUCH_OPTION_IF(MD5_KEY), NO_SUCH_OPTION_IF(MD5_KEYS), \
        NO_SUCH_OPTION_IF(AUTHENTICATION_KEY), NO_SUCH_OPTION_IF(PROTOCOL_ON_TOP), ALLOW
#define ONLY_USUAL_OPTIONS(call) \
    IF_EQUAL_ELSE_SKIP(call, 41), LOAD(ARGUMENT(1)), NO_BPF_ON_SOCKETS, NO_HOARDING_IN_IPV6, NO_HOARDING_IN_TCP, ALLOW

/*
 * File locks are charged to no cgroup, and their number is not limited; locks.c counts them by owner. The kernel lists locks of open
 * file descriptions without an owner, and does not list those of an ended process that shared its descriptors. So the former are
 * refused, and only threads may share descriptors. clone3 has its flags where no filter can see them; every C library then uses clone.
 */
#define ONLY_LOCKS_WITH_OWNER(call) \
    IF_EQUAL_ELSE_SKIP(call, 6), LOAD(ARGUMENT(1)), IF_EQUAL_ELSE_SKIP(F_OFD_SETLK, 1), INVALID, \
        IF_EQUAL_ELSE_SKIP(F_OFD_SETLKW, 1), INVALID, ALLOW
#define ONLY_THREADS_SHARE_DESCRIPTORS(call) \
    IF_EQUAL_ELSE_SKIP(call, 5), LOAD(ARGUMENT(0)), IF_SET_ELSE_SKIP(CLONE_FILES, 2), \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0), INVALID, ALLOW
#define NO_NESTED_FILTER(call) IF_EQUAL_ELSE_SKIP(call, 4), LOAD(ARGUMENT(0)), IF_EQUAL_ELSE_SKIP(PR_SET_SECCOMP, 1), INVALID, ALLOW

/*
 * Sockets that programs use: local sockets, internet sockets, and netlink, which lists interfaces. Others reach outside the network
 * namespace (AF_VSOCK talks to the hypervisor) or use kernel code that is rarely used. The same is true for unusual internet
 * protocols (MPTCP, SCTP, UDP-Lite), and sockets.c cannot count what their sockets hold.
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
    NEVER(SYS_bpf),
    NEVER(SYS_perf_event_open),
    NEVER(SYS_userfaultfd),
    NEVER(SYS_fanotify_init),
    NEVER(SYS_memfd_secret),
    NEVER(SYS_clone3),
    NO_NESTED_FILTER(SYS_prctl),
    ONLY_USUAL_OPTIONS(SYS_setsockopt),
    ONLY_LOCKS_WITH_OWNER(SYS_fcntl),
    ONLY_THREADS_SHARE_DESCRIPTORS(SYS_clone),
    ONLY_USUAL_SOCKETS(SYS_socket),
    ALLOW,
};

void filter_install(void) {
    const struct sock_fprog filter = {.len = ARRAY_SIZE(program), .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail_call("prctl no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) fail_call("prctl seccomp");
}

#else

/* Only for tests that show what the filter prevents. */
void filter_install(void) {}

#endif
