"""Starts threads until the kernel refuses, and prints how many it could start."""
import threading

started = 0
never = threading.Event()
threading.stack_size(64 * 1024)
while started < 5000:
    try:
        threading.Thread(target=never.wait, daemon=True).start()
    except RuntimeError:
        break
    started += 1
print(started, flush=True)
import os
os._exit(0)
