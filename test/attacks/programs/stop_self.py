"""Stops itself, its children and everything it can see."""
import os
import signal
import time

for _ in range(5):
    if os.fork() == 0:
        time.sleep(60)
print("before", flush=True)
os.kill(-1, signal.SIGSTOP)
os.kill(os.getpid(), signal.SIGSTOP)
