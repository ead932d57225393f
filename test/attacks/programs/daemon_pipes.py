"""Leaves a daemon behind that holds the pipes open and continues to write."""
import os
import time

if os.fork() == 0:
    os.setsid()
    while True:
        os.write(1, b"daemon\n")
        time.sleep(0.05)
time.sleep(0.2)
print("main ends", flush=True)
