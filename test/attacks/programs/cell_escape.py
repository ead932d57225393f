"""Tries to leave its cell: to make namespaces, to mount, to reach PID 1, what is above it, and other cells. Prints how each attempt ended."""
import errno
import fcntl
import json
import os
import socket
import stat

from attempt import OUTCOMES, attempt, call, libc

UNSHARE, SETNS, MOUNT, UMOUNT2, PIVOT_ROOT, CHROOT, CLONE, CLONE3, KEYCTL = 272, 308, 165, 166, 155, 161, 56, 435, 250
PTRACE, PIDFD_OPEN, PIDFD_GETFD, PROCESS_VM_READV = 101, 434, 438, 310
NEW = {"user": 0x10000000, "mnt": 0x20000, "pid": 0x20000000, "net": 0x40000000, "ipc": 0x8000000, "uts": 0x4000000, "cgroup": 0x2000000}
NS_GET_USERNS, NS_GET_PARENT, SIGCHLD = 0xB701, 0xB702, 17


def in_child(action):
    """A namespace that is granted must not change what the other attempts find."""

    def run():
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                action()
                os.write(writing, b"0")
            except OSError as error:
                os.write(writing, str(error.errno).encode())
            os._exit(0)
        os.close(writing)
        code = int(os.read(reading, 16))
        os.close(reading)
        os.waitpid(child, 0)
        if code:
            raise OSError(code, os.strerror(code))

    return run


def clone_with(flag):
    child = call(CLONE, flag | SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def ask_namespace(request):
    descriptor = os.open("/proc/self/ns/user", os.O_RDONLY)
    fcntl.ioctl(descriptor, request)


def read_memory_of_init():
    import ctypes

    buffer = ctypes.create_string_buffer(16)
    near = (ctypes.c_void_p * 2)(ctypes.addressof(buffer), 16)
    for line in open("/proc/self/maps"):
        far = (ctypes.c_void_p * 2)(int(line.split("-")[0], 16), 16)
        if libc.process_vm_readv(1, near, 1, far, 1, 0) == -1 and ctypes.get_errno() != errno.EFAULT:
            raise OSError(ctypes.get_errno(), "process_vm_readv")


def take_descriptor():
    handle = call(PIDFD_OPEN, 1, 0)
    call(PIDFD_GETFD, handle, 1, 0)


def write_to(path):
    os.write(os.open(path, os.O_WRONLY), b"\0\0\0\x0brprotocol=1\0")


def mount_and_write():
    """With the capabilities of a namespace of its own."""
    uid = os.getuid()
    call(UNSHARE, NEW["user"] | NEW["mnt"])
    open("/proc/self/uid_map", "w").write(f"{uid} {uid} 1")
    call(MOUNT, b"none", b"/tmp", b"tmpfs", 0, 0)


for name, flag in NEW.items():
    attempt(f"unshare {name}", in_child(lambda: call(UNSHARE, flag)))
    attempt(f"clone {name}", in_child(lambda: clone_with(flag)))
attempt("unshare user, then mount", in_child(mount_and_write))
attempt("clone3", lambda: call(CLONE3, 0, 0))
attempt("setns", lambda: call(SETNS, os.open("/proc/self/ns/mnt", os.O_RDONLY), 0))
attempt("setns of pid 1", lambda: call(SETNS, call(PIDFD_OPEN, 1, 0), NEW["mnt"]))
attempt("mount", in_child(lambda: call(MOUNT, b"none", b"/tmp", b"tmpfs", 0, 0)))
attempt("remount writable", in_child(lambda: call(MOUNT, 0, b"/", 0, 0x20 | 0x1000, 0)))
attempt("umount /proc", in_child(lambda: call(UMOUNT2, b"/proc", 2)))
attempt("umount the cgroup's cover", in_child(lambda: call(UMOUNT2, b"/sys/fs/cgroup", 2)))
attempt("pivot_root", in_child(lambda: call(PIVOT_ROOT, b".", b".")))
attempt("chroot", in_child(lambda: call(CHROOT, b"/tmp")))
for name, number in (("open_tree", 428), ("move_mount", 429), ("fsopen", 430), ("fsconfig", 431), ("fsmount", 432), ("fspick", 433), ("mount_setattr", 442)):
    attempt(name, in_child(lambda: call(number, -100, b"/", 0, 0, 0)))
attempt("sethostname", in_child(lambda: call(170, b"x", 1)))
attempt("keyctl", lambda: call(KEYCTL, 0, -3, 0))
attempt("ptrace", lambda: call(PTRACE, 16, 1, 0, 0))
attempt("pidfd_getfd", take_descriptor)
attempt("process_vm_readv", read_memory_of_init)
attempt("parent of the user namespace", lambda: ask_namespace(NS_GET_PARENT))
attempt("owner of the user namespace", lambda: ask_namespace(NS_GET_USERNS))
for name in ("fd", "root", "cwd", "mem", "environ", "maps", "ns/mnt", "ns/user"):
    path = f"/proc/1/{name}"
    attempt(path, lambda: os.listdir(path) if name in ("fd", "root", "cwd") else open(path, "rb").read(1) if "/" not in name else os.readlink(path))
attempt("forge on /proc/1/fd/1", lambda: write_to("/proc/1/fd/1"))
attempt("a terminal", lambda: os.open("/dev/ptmx", os.O_RDWR))
attempt("raw packets", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))
for path in ("/proc/sys/user/max_user_namespaces", "/proc/sys/net/ipv4/ip_unprivileged_port_start", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/self/uid_map", "/x", "/etc/x", "/dev/x"):
    attempt(f"write {path}", lambda: os.write(os.open(path, os.O_WRONLY | os.O_CREAT), b"0"))
OUTCOMES["pids"] = sorted(int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid())
OUTCOMES["capabilities"] = sorted({line.split()[1] for pid in (1, "self") for line in open(f"/proc/{pid}/status") if line.startswith("Cap")})
WRITE_PROTECTED = ("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys")
OUTCOMES["write-protected"] = [path for path in WRITE_PROTECTED if os.statvfs(path).f_flag & os.ST_RDONLY]
# Whether there are keys to see depends on the machine. What hides them is /dev/null.
OUTCOMES["keys hidden"] = stat.S_ISCHR(os.stat("/proc/keys").st_mode)
print(json.dumps(OUTCOMES))
