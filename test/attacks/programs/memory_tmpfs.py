"""Fills a directory that is memory in truth."""
import sys

print("before", flush=True)
with open(sys.argv[1] + "/hoard", "wb", buffering=0) as file:
    while True:
        file.write(bytes(1024 * 1024))
