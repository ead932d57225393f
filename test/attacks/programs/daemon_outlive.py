"""Starts double-forked daemons in their own sessions that re-fork all the time, ignore signals, and try to outlive the run."""
import ctypes
import os
import signal
import sys
import time

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
# The main process adopts every daemon that re-forks and never waits for it. As zombies they would use up all
# processes, and the main process could never fork the next daemon.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def fork():
    # Its own daemons may have used up all processes. They die fast, so try again.
    while True:
        try:
            return os.fork()
        except OSError:
            pass


for _ in range(10):
    if fork() == 0:
        os.setsid()
        if fork() > 0:
            os._exit(0)
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        for descriptor in range(3):
            os.close(descriptor)
        while True:
            try:
                if os.fork() > 0:
                    os._exit(0)
            except OSError:
                pass
time.sleep(float(sys.argv[1]) if len(sys.argv) > 1 else 0)
print("main ends", flush=True)
os._exit(0)
