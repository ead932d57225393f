"""Takes memory as files without a name."""
import os

print("before", flush=True)
while True:
    file = os.memfd_create("hoard")
    os.write(file, bytes(8 * 1024 * 1024))
