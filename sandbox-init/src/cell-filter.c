#include "cell-filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "fail.h"
#include "protections.h"

/* System calls that some libc does not know; their numbers are the same on every machine. */
enum {
    OPEN_TREE = 428,
    MOVE_MOUNT = 429,
    FSOPEN = 430,
    FSCONFIG = 431,
    FSMOUNT = 432,
    FSPICK = 433,
    MOUNT_SETATTR = 442,
    OPEN_TREE_ATTR = 467,
};

#define NEW_NAMESPACES \
    (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWCGROUP)

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offset))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define REFUSE(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1), RETURN(SECCOMP_RET_ERRNO | EPERM)

/*
 * The answer is the one of the engine's own profile, which this filter restores. Calls of other architectures, clone3 and key rings
 * are left to the other filter, which refuses them to every program.
 */
static struct sock_filter program[] = {
    LOAD(offsetof(struct seccomp_data, nr)),
    REFUSE(SYS_unshare),
    REFUSE(SYS_setns),
    REFUSE(SYS_mount),
    REFUSE(SYS_umount2),
    REFUSE(SYS_pivot_root),
    REFUSE(SYS_chroot),
    REFUSE(SYS_sethostname),
    REFUSE(SYS_setdomainname),
    REFUSE(OPEN_TREE),
    REFUSE(MOVE_MOUNT),
    REFUSE(FSOPEN),
    REFUSE(FSCONFIG),
    REFUSE(FSMOUNT),
    REFUSE(FSPICK),
    REFUSE(MOUNT_SETATTR),
    REFUSE(OPEN_TREE_ATTR),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
    LOAD((unsigned)offsetof(struct seccomp_data, args[0])),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NEW_NAMESPACES, 0, 1),
    RETURN(SECCOMP_RET_ERRNO | EPERM),
    RETURN(SECCOMP_RET_ALLOW),
};

void cell_filter_install(void) {
    const struct sock_fprog filter = {.len = sizeof program / sizeof program[0], .filter = program};
    if (!PROTECTS(CELL_FILTER)) return;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail_call("prctl no_new_privs");
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0) fail_call("prctl seccomp");
}
