"""Takes resources that the kernel counts per user id and not per sandbox, prints how much it got, and keeps it until its time is up.
If two sandboxes had the same uid, the other one could not get what this one holds."""
import ctypes
import json
import os
import select
import signal
import socket
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
kind = sys.argv[1]
hoarding = sys.argv[2] == "hoard"
kept = []


def inotify():
    result = libc.inotify_init1(0)
    if result < 0:
        raise OSError(ctypes.get_errno(), "inotify")
    return result


def queue():
    name = b"/%d" % len(kept)
    attributes = struct.pack("llll", 0, 10, 8192, 0) + bytes(32)
    result = libc.mq_open(name, os.O_CREAT | os.O_RDWR, 0o600, attributes)
    if result < 0:
        raise OSError(ctypes.get_errno(), "mq")
    return result


def in_flight():
    a, b = socket.socketpair()
    socket.send_fds(a, [b"x"], [0] * 200)
    return a, b


def timer():
    identifier = ctypes.c_int()
    if libc.syscall(222, 1, None, ctypes.byref(identifier)) < 0:
        raise OSError(ctypes.get_errno(), "timer")
    return identifier


def pipe():
    reading, writing = os.pipe()
    size = __import__("fcntl").fcntl(writing, 1032)
    if size < 65536:
        raise OSError(24, "a small pipe")
    return reading, writing


limits = {"inotify": 400, "queue": 200, "in_flight": 200, "timer": 20000, "pipe": 400}
make = {"inotify": inotify, "queue": queue, "in_flight": in_flight, "timer": timer, "pipe": pipe}[kind]


def take(most):
    try:
        while len(kept) < most:
            kept.append(make())
    except OSError:
        pass
    return len(kept)


def hold():
    # The engine can see a process, not what another one has taken.
    os.posix_spawn("/bin/sleep", ["has-hoarded", "30"], {})
    time.sleep(30)
    os._exit(0)


if not hoarding:
    print(take(1), flush=True)
    sys.exit()
for _ in range(int(sys.argv[3])):
    if os.fork() == 0:
        take(limits[kind])
        hold()
print(take(limits[kind]), flush=True)
hold()
