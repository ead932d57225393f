"""Kills its own main process while children remain, or everything at once."""
import os
import signal
import time

if os.fork() == 0:
    time.sleep(60)
print("before", flush=True)
os.kill(-1, signal.SIGKILL)
time.sleep(60)
