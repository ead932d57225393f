"""Sends PID 1 every signal in every possible way, and uses descriptor owners to make the kernel send more. PID 1 must survive."""
import fcntl
import os
import signal
import socket
import struct
import time

from attempt import call

SYS_tgkill, SYS_rt_sigqueueinfo, SYS_pidfd_open, SYS_pidfd_send_signal = 234, 129, 434, 424
pidfd = call(SYS_pidfd_open, 1, 0)
for number in range(1, 65):
    for _ in range(50):
        for send in (
            lambda: os.kill(1, number),
            lambda: call(SYS_tgkill, 1, 1, number),
            lambda: call(SYS_pidfd_send_signal, pidfd, number, 0, 0),
            lambda: call(SYS_rt_sigqueueinfo, 1, number, struct.pack("iiiiiiq", number, 0, -1, 0, os.getpid(), 1000, 0) + bytes(96)),
        ):
            try:
                send()
            except OSError:
                pass
a, b = socket.socketpair()
for number in (signal.SIGIO, signal.SIGKILL, signal.SIGSTOP, 40):
    try:
        fcntl.fcntl(a, fcntl.F_SETOWN, 1)
        fcntl.fcntl(a, fcntl.F_SETSIG, number)
        fcntl.fcntl(a, fcntl.F_SETFL, fcntl.fcntl(a, fcntl.F_GETFL) | os.O_ASYNC | os.O_NONBLOCK)
        for _ in range(100):
            b.send(b"x")
            a.recv(1)
    except OSError:
        pass
# Dozens of orphans, each with its own parent-death signal. PID 1 reaps them all.
for _ in range(200):
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(0)
    os.waitpid(child, 0)
time.sleep(0.1)
print("PID 1 is in state", open("/proc/1/stat").read().split()[2])
raise SystemExit(9)
