"""Tries to take resources that the kernel counts for the whole machine: memory for translated filters, and contexts of asynchronous I/O.

Each attempt takes as little as possible: if one succeeds, thousands would.
"""

import ctypes
import socket
import struct

from attempt import attempt, call, report

SYS_PRCTL, SYS_IO_SETUP, SYS_SECCOMP = 157, 206, 317
PR_SET_SECCOMP, SECCOMP_MODE_STRICT, SECCOMP_MODE_FILTER, SECCOMP_SET_MODE_FILTER = 22, 1, 2, 1
SO_ATTACH_FILTER, SO_ATTACH_BPF, SO_ATTACH_REUSEPORT_CBPF, SO_ATTACH_REUSEPORT_EBPF = 26, 50, 51, 52
UPPER_HALF = 1 << 32

# One instruction: "return all of it".
instruction = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0x7FFF0000), 8)
filter_program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 1, ctypes.addressof(instruction)), 16)


def attach(family, kind, option):
    with socket.socket(family, kind) as taken:
        taken.setsockopt(socket.SOL_SOCKET, option, filter_program.raw)


def attach_with_dirty_registers():
    """The kernel looks at the lower halves only, so a filter must as well."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        level, option = socket.SOL_SOCKET | UPPER_HALF, SO_ATTACH_FILTER | UPPER_HALF
        call(54, taken.fileno(), level, option, ctypes.addressof(filter_program), 16)


for name, family, kind in [
    ("udp", socket.AF_INET, socket.SOCK_DGRAM),
    ("tcp6", socket.AF_INET6, socket.SOCK_STREAM),
    ("unix", socket.AF_UNIX, socket.SOCK_DGRAM),
    ("netlink", socket.AF_NETLINK, socket.SOCK_RAW),
]:
    attempt(f"filter on {name}", lambda: attach(family, kind, SO_ATTACH_FILTER))
    attempt(f"reuseport filter on {name}", lambda: attach(family, kind, SO_ATTACH_REUSEPORT_CBPF))
for name, option in [("bpf", SO_ATTACH_BPF), ("reuseport bpf", SO_ATTACH_REUSEPORT_EBPF)]:
    attempt(f"{name} of a descriptor", lambda: attach(socket.AF_INET, socket.SOCK_DGRAM, option))
attempt("filter with dirty registers", attach_with_dirty_registers)
attempt("seccomp()", lambda: call(SYS_SECCOMP, SECCOMP_SET_MODE_FILTER, 0, ctypes.addressof(filter_program)))
attempt(
    "prctl(PR_SET_SECCOMP)",
    lambda: call(SYS_PRCTL, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.addressof(filter_program), 0, 0),
)
attempt(
    "prctl with dirty registers",
    lambda: call(SYS_PRCTL, PR_SET_SECCOMP | UPPER_HALF, SECCOMP_MODE_FILTER, ctypes.addressof(filter_program), 0, 0),
)
attempt("io_setup", lambda: call(SYS_IO_SETUP, 1, ctypes.addressof(ctypes.c_ulong(0))))
report()
