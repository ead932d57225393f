"""Leaves behind things that could outlive a test: `leave_everything.py KIND [ARTEFACT]`. Prints `left` if it succeeded."""
import ctypes
import fcntl
import os
import platform
import signal
import socket
import struct
import sys
import time

kind = sys.argv[1]
artefact = sys.argv[2] if len(sys.argv) > 2 else "/tmp/.code-runner/main"
libc = ctypes.CDLL(None, use_errno=True)
OWN_ROOTS = ["/workspace", "/tmp"]
ROOTS = OWN_ROOTS + ["/dev/shm"]
ADD_KEY, KEYCTL = {"x86_64": (248, 250), "aarch64": (217, 219)}[platform.machine()]
KEYCTL_CLEAR = 7
USER_KEYRING, SESSION_KEYRING = -4, -3


def must(result, what):
    if result == -1:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def daemon(work):
    """In its own session, without a parent, ignoring every signal."""
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    for descriptor in range(3):
        os.close(descriptor)
    work()
    os._exit(0)


def daemons():
    def fork_for_ever():
        while True:
            try:
                if os.fork():
                    os._exit(0)
            except OSError:
                pass

    def write_for_ever():
        while True:
            for root in ROOTS:
                try:
                    with open(f"{root}/written-by-a-daemon", "a") as file:
                        file.write("x")
                except OSError:
                    pass

    def traced():
        victim = os.fork()
        if victim == 0:
            libc.ptrace(0, 0, 0, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(600)
        time.sleep(600)

    for work in [fork_for_ever, write_for_ever, traced, lambda: time.sleep(600)]:
        daemon(work)
    time.sleep(0.1)


def binary():
    """The artefact and the sources, rewritten; hard links to the artefact; its folder moved away and another in its place."""
    for root, _, names in os.walk("/workspace"):
        for name in names:
            with open(os.path.join(root, name), "w") as file:
                file.write("not what was compiled")
    os.link(artefact, "/tmp/another-name")
    with open(artefact, "r+b") as file:
        file.write(b"#!/bin/sh\necho not what was compiled\n")
    folder = os.path.dirname(artefact)
    os.rename(folder, folder + "-away")
    os.mkdir(folder)
    os.symlink("/bin/true", artefact)


def files():
    for root in ROOTS:
        os.makedirs(root + "/d/e")
        for name in ["/.hidden", "/d/e/f", "/new\nline", "/-rf", "/.wipe-1"]:
            open(root + name, "w").close()
        open(os.fsencode(root) + b"/\xff\xfe", "w").close()
        os.symlink("/etc", root + "/link")
        os.mkfifo(root + "/fifo")
        os.mkdir(root + "/.wipe-0")
        os.makedirs(root + "/.wipe-2/full/inner")
        socket.socket(socket.AF_UNIX).bind(root + "/socket")
        os.chmod(root + "/d/e/f", 0)
        os.chmod(root + "/d/e", 0)
        os.chmod(root + "/d", 0)


def tree():
    """As many directories as there is room for, at most 100,000, each within the one before."""
    os.chdir("/tmp")
    try:
        for _ in range(100_000):
            os.mkdir("d")
            os.chdir("d")
    except OSError:
        pass
    try:
        open("at-the-bottom", "w").close()
    except OSError:
        pass


def unlinked():
    """Deleted files that take space: a daemon holds them open and maps them, and they are in flight in sockets that are closed."""
    import array
    import mmap
    import tempfile

    held = []
    for root in ROOTS:
        file = tempfile.TemporaryFile(dir=root)
        file.truncate(4 << 20)
        mapped = mmap.mmap(file.fileno(), 4 << 20)
        mapped.write(b"x" * (4 << 20))
        held += [file, mapped]
        a, b = socket.socketpair()
        sent = array.array("i", [file.fileno(), a.fileno(), b.fileno()])
        a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)])
        b.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, sent)])
        a.close()
        b.close()
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind("\0left")
    daemon(lambda: time.sleep(600))


def modes():
    for root in OWN_ROOTS:
        try:
            os.chmod(root, 0o2770)
        except PermissionError:
            if os.stat(root).st_uid == os.getuid():
                raise


def attributes():
    os.setxattr("/workspace", "user.note", b"remember")


def flags():
    """The no-dump flag, which the owner of a directory may set on a tmpfs."""
    descriptor = os.open("/workspace", os.O_RDONLY)
    fcntl.ioctl(descriptor, 0x40086602, struct.pack("l", 0x40))


def times():
    os.utime("/workspace", (1_000_000, 2_000_000))
    for directory in ["/dev/shm", "/dev/mqueue"]:
        try:
            os.utime(directory)
        except PermissionError:
            pass


def devices():
    for name in ["null", "zero", "full", "random", "urandom", "tty"]:
        os.utime("/dev/" + name)


def ipc():
    must(libc.shmget(0x7777, 4096, 0o1666), "shmget")
    must(libc.shmget(0x7778, 4096, 0o1000), "shmget")
    must(libc.semget(0x7777, 3, 0o1666), "semget")
    must(libc.msgget(0x7777, 0o1666), "msgget")
    address = must(libc.shmget(0x7779, 4096, 0o1666), "shmget")
    must(libc.shmat(address, 0, 0), "shmat")


def queues():
    must(libc.mq_open(b"/trace", os.O_CREAT | os.O_RDWR, 0o666, None), "mq_open")


def keys():
    for ring in [USER_KEYRING, SESSION_KEYRING]:
        must(libc.syscall(ADD_KEY, b"user", b"code-runner-trace", b"secret", ctypes.c_size_t(6), ring), "add_key")


def no_keys():
    for ring in [USER_KEYRING, SESSION_KEYRING]:
        must(libc.syscall(KEYCTL, KEYCTL_CLEAR, ring), "keyctl clear")


def connection():
    listener = socket.create_server(("127.0.0.1", 0))
    near = socket.create_connection(listener.getsockname())
    far, _ = listener.accept()
    near.close()
    far.close()


def datagram():
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    receiver.sendto(b"x", receiver.getsockname())


def failed_connection():
    socket.socket().connect_ex(("192.0.2.1", 80))


def own_settings():
    """What a process may change of itself must not reach PID 1, which starts the next one."""
    import resource

    os.nice(5)
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    os.umask(0o777)
    libc.personality(0x0040000)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


globals()[kind]()
sys.stdout.write("left")
sys.stdout.flush()
os._exit(0)
