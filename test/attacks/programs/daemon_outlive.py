"""Double-forked daemons in sessions of their own that re-fork all the time, ignore signals, and want to outlive the run."""
import ctypes
import os
import signal

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
# The main process adopts every daemon that re-forks and never waits for it. Kept as zombies they would take all the
# processes there are, and the main process could not fork the next daemon, ever.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)


def fork():
    # Its own daemons may have taken all the processes there are; they die fast enough for another try.
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
print("main ends", flush=True)
os._exit(0)
