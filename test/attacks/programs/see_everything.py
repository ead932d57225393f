"""
Prints everything that a program can see of earlier programs, one line per item. The output is the same after every reset.
`see_everything.py FRESH_SECONDS`: how long ago the reset was at most. Leaves out numbers that the kernel assigns in sequence, and the
cgroup's counters.
"""
import ctypes
import fcntl
import hashlib
import os
import platform
import resource
import stat
import struct
import sys
import time

now = time.time()
fresh = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
libc = ctypes.CDLL(None, use_errno=True)
KEYCTL = {"x86_64": 250, "aarch64": 219}[platform.machine()]
KEYCTL_SEARCH = 10


def age(seconds):
    return "1970" if seconds == 0 else "fresh" if now - seconds < fresh else f"old: {seconds:.9f}"


def flags_of(path):
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    buffer = bytearray(8)
    try:
        fcntl.ioctl(descriptor, 0x80086601, buffer)
    except OSError:
        pass
    os.close(descriptor)
    return struct.unpack("l", buffer)[0]


def see(path, depth=0):
    status = os.lstat(path)
    facts = [oct(status.st_mode), status.st_uid, status.st_gid, f"mtime {age(status.st_mtime)}", f"atime {age(status.st_atime)}"]
    if stat.S_ISREG(status.st_mode):
        facts += [status.st_size, status.st_nlink]
        facts.append(hashlib.sha1(open(path, "rb").read()).hexdigest() if status.st_mode & 0o400 else "unreadable")
    if stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode):
        facts += [os.listxattr(path), flags_of(path) if status.st_mode & 0o400 else ""]
    print(path, *facts)
    if stat.S_ISDIR(status.st_mode):
        try:
            names = sorted(os.listdir(path))
        except OSError as error:
            names = []
            print(path, error)
        for name in names[:100] if depth < 20 else []:
            see(os.path.join(path, name), depth + 1)


for root in [b"/workspace", b"/tmp", b"/dev/shm", b"/dev/mqueue"]:
    see(root)
    room = os.statvfs(root)
    print("taken", room.f_blocks - room.f_bfree, "inodes", room.f_files - room.f_ffree)
for name in ["null", "zero", "full", "random", "urandom", "tty"]:
    status = os.stat("/dev/" + name)
    print(name, oct(status.st_mode), "mtime", age(status.st_mtime), "atime", age(status.st_atime))
for kind in ["shm", "sem", "msg"]:
    print(kind, len(open("/proc/sysvipc/" + kind).readlines()) - 1)
for ring in [-4, -3]:
    print("key", libc.syscall(KEYCTL, KEYCTL_SEARCH, ring, b"user", b"code-runner-trace", 0) != -1)
for name in ["tcp", "tcp6", "udp", "udp6", "raw", "unix"]:
    path = "/proc/net/" + name
    if os.path.exists(path):
        print(name, [line.split()[1:3] for line in open(path).readlines()[1:]])
for name in ["dev", "snmp", "snmp6", "netstat"]:
    path = "/proc/net/" + name
    if os.path.exists(path):
        print(name, hashlib.sha1(open(path, "rb").read()).hexdigest())
for pid in sorted(filter(str.isdigit, os.listdir("/proc"))):
    if int(pid) not in (1, os.getpid()):
        try:
            print("process", open(f"/proc/{pid}/comm").read().strip())
        except OSError:
            print("process, gone")
print("nice", os.getpriority(os.PRIO_PROCESS, 0), "affinity", os.sched_getaffinity(0), "umask", os.umask(0))
print("limits", [resource.getrlimit(which) for which in range(16)])
print("personality", libc.personality(0xFFFFFFFF), "groups", os.getgroups(), "directory", os.getcwd(), "host", os.uname().nodename)
print(*[line.strip() for line in open("/proc/self/status") if line.startswith(("SigPnd", "SigBlk", "SigIgn", "SigCgt", "ShdPnd", "Cap", "NoNew", "Seccomp"))])
print("open", sorted(os.listdir("/proc/self/fd"))[:-1])
print("mounts", hashlib.sha1(open("/proc/self/mountinfo", "rb").read()).hexdigest())
