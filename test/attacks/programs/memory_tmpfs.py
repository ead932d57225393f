"""Fills a directory that is in memory (tmpfs)."""
import sys

print("before", flush=True)
with open(sys.argv[1] + "/hoard", "wb", buffering=0) as file:
    while True:
        file.write(bytes(1024 * 1024))
