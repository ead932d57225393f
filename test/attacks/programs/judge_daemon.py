"""Leaves daemons that try to affect the next test: they write wherever they can, and re-fork all the time."""
import os
import signal
import sys
import time


def daemon(work):
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
    work()
    os._exit(0)


def haunt():
    """Prints into every process that appears, through its descriptors."""
    while True:
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/fd/1", "w") as stream:
                    stream.write("haunted\n")
            except OSError:
                pass


def multiply():
    while True:
        try:
            if os.fork():
                os._exit(0)
        except OSError:
            pass


def print_late():
    while True:
        time.sleep(0.001)
        try:
            os.write(1, b"late\n")
        except OSError:
            pass


for work in (haunt, multiply, print_late):
    daemon(work)
print(sys.stdin.read(), end="", flush=True)
os._exit(0)
