"""Leaves a fork bomb behind and exits at once."""
import os
import sys

if os.fork() == 0:
    os.setsid()
    while True:
        try:
            os.fork()
        except OSError:
            pass
print("parent leaves")
sys.exit(3)
