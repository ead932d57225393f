"""Forks forever, in every child too."""
import os

print("before", flush=True)
while True:
    try:
        os.fork()
    except OSError:
        pass
