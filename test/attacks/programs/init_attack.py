"""Tries everything that a child can do to PID 1, sandbox-init. Nothing may succeed, and PID 1 must report the run as usual."""
import ctypes
import os
import resource
import struct

from attempt import attempt, call, opens, read, report, write

SYS_ptrace, SYS_prlimit64, SYS_kcmp = 101, 302, 312
SYS_process_vm_readv, SYS_process_vm_writev = 310, 311
SYS_sched_setaffinity, SYS_sched_setscheduler, SYS_sched_setparam, SYS_sched_setattr = 203, 144, 142, 314
SYS_ioprio_set, SYS_setpriority, SYS_pidfd_open, SYS_pidfd_getfd, SYS_process_madvise = 251, 141, 434, 438, 440
SYS_move_pages, SYS_migrate_pages, SYS_perf_event_open, SYS_process_mrelease = 279, 256, 298, 448
SYS_get_robust_list = 274
PTRACE_ATTACH, PTRACE_SEIZE = 16, 0x4206

for name in ("mem", "environ", "auxv", "maps", "stack", "syscall", "io", "pagemap", "personality"):
    attempt(f"read /proc/1/{name}", lambda name=name: read(f"/proc/1/{name}"))
for name in ("mem", "clear_refs", "coredump_filter", "oom_score_adj", "oom_adj", "autogroup", "loginuid", "comm"):
    attempt(f"write /proc/1/{name}", lambda name=name: opens(f"/proc/1/{name}"))
attempt("write /proc/1/attr/current", lambda: write("/proc/1/attr/current", "unconfined"))
attempt("write /proc/1/timerslack_ns", lambda: write("/proc/1/timerslack_ns", "1000000000"))
for name in ("exe", "cwd", "root", "ns/mnt", "ns/pid"):
    attempt(f"follow /proc/1/{name}", lambda name=name: os.readlink(f"/proc/1/{name}"))
attempt("enter /proc/1/root", lambda: os.chdir("/proc/1/root"))
attempt("enter /proc/1/cwd", lambda: os.chdir("/proc/1/cwd"))
attempt("list /proc/1/fd", lambda: os.listdir("/proc/1/fd"))
attempt("list /proc/1/fdinfo", lambda: os.listdir("/proc/1/fdinfo"))
attempt("list /proc/1/map_files", lambda: os.listdir("/proc/1/map_files"))
attempt("list /proc/1/task/1/fd", lambda: os.listdir("/proc/1/task/1/fd"))
for number in range(3):
    attempt(f"write /proc/1/fd/{number}", lambda number=number: write(f"/proc/1/fd/{number}", "forged"))
attempt("ptrace attach", lambda: call(SYS_ptrace, PTRACE_ATTACH, 1, 0, 0))
attempt("ptrace seize", lambda: call(SYS_ptrace, PTRACE_SEIZE, 1, 0, 0))

buffer = ctypes.create_string_buffer(b"forged" * 8)
local = struct.pack("QQ", ctypes.addressof(buffer), 8)
remote = struct.pack("QQ", 0x400000, 8)
attempt("process_vm_readv", lambda: call(SYS_process_vm_readv, 1, local, 1, remote, 1, 0))
attempt("process_vm_writev", lambda: call(SYS_process_vm_writev, 1, local, 1, remote, 1, 0))
attempt("kcmp", lambda: call(SYS_kcmp, 1, os.getpid(), 0, 0, 0))
attempt("get_robust_list", lambda: call(SYS_get_robust_list, 1, ctypes.byref(ctypes.c_long()), ctypes.byref(ctypes.c_long())))
attempt("move_pages", lambda: call(SYS_move_pages, 1, 1, remote, 0, ctypes.create_string_buffer(8), 0))
attempt("migrate_pages", lambda: call(SYS_migrate_pages, 1, 64, struct.pack("Q", 1), struct.pack("Q", 1)))
attempt("perf_event_open", lambda: call(SYS_perf_event_open, struct.pack("II", 0, 112) + bytes(104), 1, -1, -1, 0))
attempt("setpgid", lambda: os.setpgid(1, os.getpgid(0)))

limit = struct.pack("QQ", 0, 0)
for name in ("CPU", "FSIZE", "DATA", "STACK", "NOFILE", "AS", "NPROC", "MEMLOCK"):
    which = getattr(resource, f"RLIMIT_{name}")
    attempt(f"prlimit {name}", lambda which=which: call(SYS_prlimit64, 1, which, limit, 0))
attempt("prlimit, upper half of the pid set", lambda: call(SYS_prlimit64, (1 << 32) | 1, resource.RLIMIT_NOFILE, limit, 0))
attempt("sched_setaffinity", lambda: os.sched_setaffinity(1, {0}))
attempt("sched_setscheduler batch", lambda: os.sched_setscheduler(1, os.SCHED_BATCH, os.sched_param(0)))
attempt("sched_setscheduler idle", lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)))
attempt("sched_setparam", lambda: os.sched_setparam(1, os.sched_param(0)))
attempt("sched_setattr", lambda: call(SYS_sched_setattr, 1, struct.pack("IIQiIQQQ", 48, 5, 0, 19, 0, 0, 0, 0), 0))
attempt("setpriority process", lambda: os.setpriority(os.PRIO_PROCESS, 1, 19))
attempt("setpriority user", lambda: os.setpriority(os.PRIO_USER, 1000, 19))
attempt("setpriority user, self", lambda: os.setpriority(os.PRIO_USER, 0, 19))
attempt("setpriority group of 1", lambda: os.setpriority(os.PRIO_PGRP, 1, 19))
attempt("ioprio_set process", lambda: call(SYS_ioprio_set, 1, 1, 3 << 13))
attempt("ioprio_set user", lambda: call(SYS_ioprio_set, 3, 1000, 3 << 13))
attempt("ioprio_set group of 1", lambda: call(SYS_ioprio_set, 2, 1, 3 << 13))


def steal(number):
    pidfd = call(SYS_pidfd_open, 1, 0)
    return call(SYS_pidfd_getfd, pidfd, number, 0)


for number in range(8):
    attempt(f"pidfd_getfd {number}", lambda number=number: steal(number))
attempt("process_madvise", lambda: call(SYS_process_madvise, call(SYS_pidfd_open, 1, 0), remote, 1, 21, 0))
attempt("process_mrelease", lambda: call(SYS_process_mrelease, call(SYS_pidfd_open, 1, 0), 0))
attempt("setns to PID 1", lambda: call(308, call(SYS_pidfd_open, 1, 0), 0x20000000))
report()
