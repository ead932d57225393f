"""Leaves behind everything that could outlive a run: files, System V objects, a POSIX queue and semaphores, abstract sockets, processes."""
import ctypes
import os
import socket
import time

libc = ctypes.CDLL(None, use_errno=True)
for directory in ("/tmp", "/dev/shm", "/workspace"):
    with open(f"{directory}/trace", "w") as file:
        file.write("secret of the first run")
made = [
    libc.shmget(0x7777, 4096, 0o1666) >= 0,
    libc.semget(0x7777, 1, 0o1666) >= 0,
    libc.msgget(0x7777, 0o1666) >= 0,
    libc.mq_open(b"/trace", os.O_CREAT | os.O_RDWR, 0o666, None) >= 0,
]
s = socket.socket(socket.AF_UNIX)
s.bind("\0trace")
if os.fork() == 0:
    os.setsid()
    time.sleep(30)
print(made)
