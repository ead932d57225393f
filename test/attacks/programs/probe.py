"""Makes one small, bounded attempt, given by name. Started as PID 1 instead of sandbox-init. Prints `yes` if it succeeded, or `no` and
the reason."""
import ctypes
import errno
import os
import socket
import stat
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def status(field):
    for line in open("/proc/self/status"):
        if line.startswith(field + ":"):
            return line.split()[1]


def write_image():
    with open("/var/tmp/evil", "w") as file:
        file.write("x")


def read_shadow():
    open("/etc/shadow").read()


def raw_socket():
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close()


def bounding_set():
    if int(status("CapBnd"), 16) == 0:
        raise OSError(errno.EPERM, "empty")


def gain_group():
    """A setgid copy of the interpreter, of a group that we are in and do not run as."""
    os.chmod("/tmp", 0o777)
    source, target = os.path.realpath(sys.executable), "/tmp/setgid-python"
    with open(source, "rb") as a, open(target, "wb") as b:
        b.write(a.read())
    os.chown(target, -1, 2000)
    os.chmod(target, 0o2755)
    assert os.stat(target).st_mode & stat.S_ISGID
    group = os.popen(f"{target} -c 'import os; print(os.getegid())'").read().strip()
    if group != "2000":
        raise OSError(errno.EPERM, f"group {group}")


def processes():
    children = 0
    while children < 300:
        if os.fork() == 0:
            time.sleep(10)
            os._exit(0)
        children += 1


def terminal():
    os.openpty()


def memory():
    hoard = bytearray(128 * 1024 * 1024)
    for page in range(0, len(hoard), 4096):
        hoard[page] = 1


def shared_memory():
    with open("/dev/shm/x", "wb") as file:
        for _ in range(16):
            file.write(bytes(1024 * 1024))


def disk():
    with open("/tmp/x", "wb") as file:
        for _ in range(16):
            file.write(bytes(1024 * 1024))


def inodes():
    for number in range(70_000):
        os.close(os.open(f"/tmp/{number}", os.O_CREAT | os.O_WRONLY))


def descriptors():
    [os.dup(0) for _ in range(2000)]


def core():
    import resource
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        raise OSError(errno.EPERM, "no core files")


def processor():
    end, start = time.monotonic() + 0.8, time.process_time()
    while time.monotonic() < end:
        pass
    used = time.process_time() - start
    if used < 0.3:
        raise OSError(errno.EPERM, f"{used:.2f} s")


def network():
    with socket.create_connection((sys.argv[2], int(sys.argv[3])), timeout=2) as s:
        s.sendall(b"reached")


def namespace():
    check(libc.unshare(0x10000000))


def key():
    check(libc.syscall(250, 0, -3, 1))


def ipc():
    check(libc.shmget(0x7171, 4096, 0))


def make_ipc():
    check(libc.shmget(0x7171, 4096, 0o1666))
    print("made", flush=True)
    time.sleep(10)


def mount():
    check(libc.mount(b"tmpfs", b"/tmp", b"tmpfs", 0, None))


def host_processes():
    if sum(name.isdigit() for name in os.listdir("/proc")) < 5:
        raise OSError(errno.EPERM, "alone")


try:
    globals()[sys.argv[1]]()
    print("yes", flush=True)
except (OSError, BlockingIOError) as error:
    print("no", errno.errorcode.get(error.errno, ""), error.strerror, flush=True)
