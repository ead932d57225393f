"""Tries to write to files that control the machine: /proc, /sys, cgroups. Only opens them, or writes the value that is there already."""
import glob
import os

from attempt import attempt, opens, read, report, write

for path in ("/proc/sysrq-trigger", "/proc/kcore", "/proc/kmsg", "/proc/kallsyms", "/proc/mem", "/dev/mem", "/dev/kmsg", "/dev/port"):
    attempt(f"open {path}", lambda path=path: opens(path))
for path in ("core_pattern", "modprobe", "hostname", "domainname", "panic", "sysrq", "randomize_va_space", "yama/ptrace_scope", "pid_max", "ns_last_pid", "msgmax", "shmmax", "sem", "threads-max", "unprivileged_bpf_disabled", "core_uses_pid", "kexec_load_disabled", "modules_disabled"):
    attempt(f"write kernel/{path}", lambda path=path: opens(f"/proc/sys/kernel/{path}"))
for path in ("vm/overcommit_memory", "vm/drop_caches", "vm/mmap_min_addr", "vm/panic_on_oom", "fs/binfmt_misc/register", "fs/protected_symlinks", "fs/suid_dumpable", "fs/mqueue/msg_max", "net/ipv4/ip_forward", "user/max_user_namespaces"):
    attempt(f"write {path}", lambda path=path: opens(f"/proc/sys/{path}"))
for path in ("/proc/keys", "/proc/timer_list", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi/scsi"):
    # Masked: the file is /dev/null.
    attempt(f"read {path}", lambda path=path: read(path) or (_ for _ in ()).throw(OSError(2, "empty")))
attempt("list /sys/firmware", lambda: os.listdir("/sys/firmware") or (_ for _ in ()).throw(OSError(2, "empty")))
attempt("list /proc/acpi", lambda: os.listdir("/proc/acpi") or (_ for _ in ()).throw(OSError(2, "empty")))
attempt("write /proc/irq", lambda: opens("/proc/irq/default_smp_affinity"))
attempt("write uid_map", lambda: write("/proc/self/uid_map", "0 1000 1"))
attempt("write setgroups", lambda: write("/proc/self/setgroups", "deny"))

# Control groups of both versions: more memory, more processes, another group, an agent on release.
found = 0
for pattern in ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max", "memory.high", "memory.oom_control", "memory.swappiness", "pids.max", "cpu.cfs_quota_us", "cpu.max", "cpu.weight", "cpu.shares", "cgroup.procs", "cgroup.threads", "cgroup.subtree_control", "cgroup.freeze", "cgroup.kill", "tasks", "release_agent", "notify_on_release", "cgroup.event_control", "devices.allow", "freezer.state"):
    for path in glob.glob(f"/sys/fs/cgroup/{pattern}") + glob.glob(f"/sys/fs/cgroup/*/{pattern}") + glob.glob(f"/sys/fs/cgroup/*/docker/*/{pattern}"):
        found += 1
        attempt(f"write {path}", lambda path=path: opens(path))
attempt("mkdir in cgroup", lambda: os.mkdir("/sys/fs/cgroup/memory/mine"))
attempt("mkdir in cgroup root", lambda: os.mkdir("/sys/fs/cgroup/mine"))
for path in ("/sys/kernel/mm/transparent_hugepage/enabled", "/sys/kernel/uevent_helper", "/sys/power/state", "/sys/kernel/mm/ksm/run", "/sys/module/kernel/parameters/panic", "/sys/kernel/debug", "/sys/kernel/tracing/trace", "/sys/kernel/security", "/sys/block/vda/queue/scheduler", "/sys/devices/system/cpu/cpu1/online"):
    attempt(f"write {path}", lambda path=path: opens(path))
attempt("list debugfs", lambda: os.listdir("/sys/kernel/debug") or (_ for _ in ()).throw(OSError(2, "empty")))
print(found)
report()
