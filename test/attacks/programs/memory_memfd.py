"""Takes memory as anonymous files (memfd)."""
import os

print("before", flush=True)
while True:
    file = os.memfd_create("hoard")
    os.write(file, bytes(8 * 1024 * 1024))
