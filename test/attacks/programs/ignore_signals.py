"""Ignores every signal that can be ignored, and sleeps."""
import signal
import time

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
print("before", flush=True)
time.sleep(60)
