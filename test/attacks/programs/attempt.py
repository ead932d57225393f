"""Shared by the hostile programs: raw system calls, and a report of how every attempt ended."""

import ctypes
import errno
import json
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc.mmap.restype = ctypes.c_void_p

OUTCOMES = {}


def call(number, *arguments):
    """A raw system call on x86_64. Raises OSError as os functions do."""
    ctypes.set_errno(0)
    converted = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *converted)
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def attempt(name, action):
    """Notes `done` (and what came of it) or the name of the error."""
    try:
        result = action()
        OUTCOMES[name] = "done" if result is None else f"done: {result}"
    except OSError as error:
        OUTCOMES[name] = errno.errorcode.get(error.errno, str(error))
    except Exception as error:
        OUTCOMES[name] = type(error).__name__


def write(path, text, flags=os.O_WRONLY):
    """Writes to something that is there; never creates it."""
    descriptor = os.open(path, flags)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def read(path, size=64):
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return len(os.read(descriptor, size))
    finally:
        os.close(descriptor)


def opens(path, flags=os.O_WRONLY):
    """Opens without reading or writing: where that succeeds the damage could be done."""
    os.close(os.open(path, flags | os.O_NONBLOCK))


def report():
    print(json.dumps(OUTCOMES), flush=True)
