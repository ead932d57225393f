"""Tries privileged calls: mounts, chroot, devices, users, namespaces, keys, modules, tracing."""
import ctypes
import os
import signal
import socket
import struct

from attempt import attempt, call, report

attempt("remount / rw", lambda: call(165, b"none", b"/", 0, 32 | 4096, 0))
attempt("mount tmpfs", lambda: call(165, b"tmpfs", b"/tmp", b"tmpfs", 0, 0))
attempt("mount proc", lambda: call(165, b"proc", b"/tmp", b"proc", 0, 0))
attempt("bind mount", lambda: call(165, b"/etc", b"/tmp", 0, 4096, 0))
attempt("mount cgroup", lambda: call(165, b"cgroup", b"/tmp", b"cgroup", 0, b"memory"))
attempt("umount /sys/fs/cgroup", lambda: call(166, b"/sys/fs/cgroup", 2))
attempt("umount /proc/sys", lambda: call(166, b"/proc/sys", 2))
attempt("open_tree", lambda: call(428, -100, b"/", 1))
attempt("fsopen", lambda: call(430, b"tmpfs", 0))
attempt("fspick", lambda: call(433, -100, b"/", 0))
attempt("move_mount", lambda: call(429, -100, b"/etc", -100, b"/tmp", 0))
attempt("mount_setattr", lambda: call(442, -100, b"/", 0, bytes(32), 32))
attempt("pivot_root", lambda: call(155, b"/tmp", b"/tmp"))
attempt("chroot", lambda: os.chroot("/tmp"))
attempt("mknod block", lambda: os.mknod("/tmp/disk", 0o60666, os.makedev(254, 0)))
attempt("mknod mem", lambda: os.mknod("/tmp/mem", 0o20666, os.makedev(1, 1)))
attempt("setuid 0", lambda: os.setuid(0))
attempt("setgid 0", lambda: os.setgid(0))
attempt("setresuid 0", lambda: os.setresuid(0, 0, 0))
attempt("setgroups", lambda: os.setgroups([0]))
attempt("chown to root", lambda: (os.close(os.open("/tmp/owned", os.O_CREAT | os.O_WRONLY)), os.chown("/tmp/owned", 0, 0))[1])
attempt("capset", lambda: call(126, struct.pack("Ii", 0x20080522, 0), struct.pack("IIIIII", *([0xFFFFFFFF] * 6))))
for name, flag in {"user": 0x10000000, "mount": 0x20000, "pid": 0x20000000, "net": 0x40000000, "ipc": 0x8000000, "uts": 0x4000000, "cgroup": 0x2000000, "time": 0x80}.items():
    attempt(f"unshare {name}", lambda flag=flag: call(272, flag))


def clone(flags):
    pid = call(56, flags | signal.SIGCHLD, 0, 0, 0, 0)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def clone3(flags):
    pid = call(435, struct.pack("QQQQQQQQ", flags, 0, 0, 0, signal.SIGCHLD, 0, 0, 0), 64)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


attempt("clone newuser", lambda: clone(0x10000000))
attempt("clone newuser newpid", lambda: clone(0x30000000))
attempt("clone3 newuser", lambda: clone3(0x10000000))
attempt("setns", lambda: call(308, os.open("/proc/self/ns/net", os.O_RDONLY), 0))
attempt("bpf", lambda: call(321, 0, struct.pack("IIII", 1, 4, 4, 1) + bytes(104), 120))
attempt("bpf prog", lambda: call(321, 5, bytes(120), 120))
attempt("perf_event_open", lambda: call(298, struct.pack("II", 0, 112) + bytes(104), 0, -1, -1, 0))
attempt("keyctl", lambda: call(250, 0, -3, 1))
attempt("add_key", lambda: call(248, b"user", b"name", b"x", 1, -3))
attempt("request_key", lambda: call(249, b"user", b"name", 0, -3))
attempt("userfaultfd", lambda: call(323, 0))
attempt("userfaultfd user mode", lambda: call(323, 1))
attempt("kexec_load", lambda: call(246, 0, 0, 0, 0))
attempt("kexec_file_load", lambda: call(320, -1, -1, 0, 0, 0))
attempt("init_module", lambda: call(175, 0, 0, b""))
attempt("finit_module", lambda: call(313, -1, b"", 0))
attempt("delete_module", lambda: call(176, b"no_such_module", 0x800))
attempt("reboot", lambda: call(169, 0, 0, 0, 0))
attempt("swapon", lambda: call(167, b"/tmp/owned", 0))
attempt("swapoff", lambda: call(168, b"/tmp/owned"))
attempt("acct", lambda: call(163, b"/tmp/owned"))
attempt("sethostname", lambda: call(170, b"evil", 4))
attempt("setdomainname", lambda: call(171, b"evil", 4))
attempt("settimeofday", lambda: call(164, bytes(16), 0))
attempt("clock_settime", lambda: call(227, 0, struct.pack("QQ", 10**9, 0)))
attempt("adjtimex", lambda: call(159, struct.pack("I", 1) + bytes(204)))
attempt("iopl", lambda: call(172, 3))
attempt("ioperm", lambda: call(173, 0x80, 1, 1))
attempt("syslog", lambda: call(103, 3, ctypes.create_string_buffer(256), 256))
attempt("quotactl", lambda: call(179, 0x800007 << 8, b"/dev/vda", 0, 0))
attempt("open_by_handle_at", lambda: call(304, -100, struct.pack("Ii", 8, 1) + bytes(8), 0))
attempt("name_to_handle_at", lambda: call(303, -100, b"/etc", struct.pack("Ii", 128, 0) + bytes(128), ctypes.byref(ctypes.c_int()), 0))
attempt("fanotify_init", lambda: call(300, 0, 0))
attempt("lookup_dcookie", lambda: call(212, 0, ctypes.create_string_buffer(64), 64))
attempt("nfsservctl", lambda: call(180, 0, 0, 0))
attempt("vhangup", lambda: call(153))
attempt("personality READ_IMPLIES_EXEC", lambda: call(135, 0x0400000))
attempt("io_uring_setup", lambda: call(425, 8, ctypes.create_string_buffer(120)))
attempt("nice -20", lambda: os.setpriority(os.PRIO_PROCESS, 0, -20))
attempt("realtime", lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50)))
attempt("raise nofile", lambda: __import__("resource").setrlimit(7, (1 << 20, 1 << 20)))
for name, arguments in {
    "raw": (socket.AF_INET, socket.SOCK_RAW, 1),
    "raw6": (socket.AF_INET6, socket.SOCK_RAW, 58),
    "packet": (socket.AF_PACKET, socket.SOCK_RAW, 0x300),
    "packet dgram": (socket.AF_PACKET, socket.SOCK_DGRAM, 0x300),
    "vsock": (socket.AF_VSOCK, socket.SOCK_STREAM, 0),
    "alg": (socket.AF_ALG, socket.SOCK_SEQPACKET, 0),
    "bluetooth": (31, socket.SOCK_RAW, 1),
    "can": (29, socket.SOCK_RAW, 1),
    "tipc": (30, socket.SOCK_RDM, 0),
    "rds": (21, socket.SOCK_SEQPACKET, 0),
    "xdp": (44, socket.SOCK_RAW, 0),
    "kcm": (41, socket.SOCK_DGRAM, 0),
    "x25": (9, socket.SOCK_SEQPACKET, 0),
    "ax25": (3, socket.SOCK_DGRAM, 0),
    "key": (15, socket.SOCK_RAW, 2),
    "sctp": (socket.AF_INET, socket.SOCK_STREAM, 132),
    "mptcp": (socket.AF_INET, socket.SOCK_STREAM, 262),
    "udplite": (socket.AF_INET, socket.SOCK_DGRAM, 136),
}.items():
    attempt(f"socket {name}", lambda arguments=arguments: socket.socket(*arguments).close())

def netlink_add():
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    body = struct.pack("BBBBI", 2, 32, 0, 0, 1) + struct.pack("HH4s", 8, 2, bytes([10, 9, 8, 7]))
    s.send(struct.pack("IHHII", 16 + len(body), 20, 0x405, 1, 0) + body)
    error = struct.unpack_from("i", s.recv(4096), 16)[0]
    if error:
        raise OSError(-error, "netlink")


attempt("netlink add address", netlink_add)
report()
