"""Tries once each call that takes kernel memory or other machine resources without being charged to a cgroup."""

import ctypes
import fcntl
import os
import socket
import struct

from attempt import attempt, call, report

IPV6, TCP = socket.IPPROTO_IPV6, socket.IPPROTO_TCP
UPPER_HALF = 1 << 32
CLONE_FILES, SIGCHLD = 0x400, 17

HOP_LIMIT = struct.pack("@QiiI4x", 20, IPV6, 8, 64)
LOOPBACK_6 = socket.inet_pton(socket.AF_INET6, "::1")
GROUP_6 = socket.inet_pton(socket.AF_INET6, "ff11::1") + struct.pack("I", 1)
GROUP_REQUEST = struct.pack("I4xHHI16sI100x", 1, socket.AF_INET6, 0, 0, GROUP_6[:16], 0)
LABEL = struct.pack("=16sIBBHHHI", LOOPBACK_6, socket.htonl(1), 0, 1, 1, 6, 60, 0)
MD5_KEY = struct.pack("=HH4s120xBBHiI80s", socket.AF_INET, 0, socket.inet_aton("10.0.0.1"), 0, 0, 4, 0, 0, b"abcd")

OPTIONS = {
    "extension headers": (socket.AF_INET6, socket.SOCK_DGRAM, IPV6, 6, HOP_LIMIT * 100),
    "extension headers on tcp": (socket.AF_INET6, socket.SOCK_STREAM, IPV6, 6, HOP_LIMIT * 100),
    "routing header": (socket.AF_INET6, socket.SOCK_DGRAM, IPV6, 57, b""),
    "flow label": (socket.AF_INET6, socket.SOCK_DGRAM, IPV6, 32, LABEL),
    "group": (socket.AF_INET6, socket.SOCK_DGRAM, IPV6, 20, GROUP_6),
    "group, newer": (socket.AF_INET6, socket.SOCK_DGRAM, IPV6, 42, GROUP_REQUEST),
    "md5 key": (socket.AF_INET, socket.SOCK_STREAM, TCP, 14, MD5_KEY),
    "md5 key, newer": (socket.AF_INET, socket.SOCK_STREAM, TCP, 32, MD5_KEY),
    "protocol on top": (socket.AF_INET, socket.SOCK_STREAM, TCP, 31, b"tls"),
}


def set_option(family, kind, level, option, value):
    with socket.socket(family, kind) as taken:
        taken.setsockopt(level, option, value)


def set_with_dirty_registers():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
        value = ctypes.create_string_buffer(HOP_LIMIT, len(HOP_LIMIT))
        call(54, taken.fileno(), IPV6 | UPPER_HALF, 6 | UPPER_HALF, ctypes.addressof(value), len(HOP_LIMIT))


def lock_of_description():
    with open("/tmp/lock", "w") as file:
        fcntl.fcntl(file, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0))


def share_descriptors(flags):
    """As fork does, but for the flags; the child ends at once."""
    if call(56, flags | SIGCHLD, 0, 0, 0, 0) == 0:
        os._exit(0)


def terminal():
    for descriptor in os.openpty():
        os.close(descriptor)


for name, (family, kind, level, option, value) in OPTIONS.items():
    attempt(name, lambda: set_option(family, kind, level, option, value))
attempt("extension headers with dirty registers", set_with_dirty_registers)
attempt("lock of a file description", lock_of_description)
attempt("a process that shares descriptors", lambda: share_descriptors(CLONE_FILES))
attempt("clone3", lambda: call(435, 0, 0))
attempt("memfd_secret", lambda: os.close(call(447, 0)))
attempt("userfaultfd", lambda: os.close(call(323, 1)))
attempt("perf_event_open", lambda: call(298, 0, 0, 0, 0, 0))
attempt("bpf", lambda: call(321, 0, 0, 0))
attempt("fanotify_init", lambda: os.close(call(300, 0, 0)))
attempt("terminal", terminal)
report()
