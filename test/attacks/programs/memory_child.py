"""Takes all memory in a child, and then fails because the child was killed, or ignores it (`hide`)."""
import os
import sys

print("before", flush=True)
child = os.fork()
if child == 0:
    hoard = []
    while True:
        hoard.append(bytearray(8 * 1024 * 1024))
_, status = os.waitpid(child, 0)
print("the child died of", os.WTERMSIG(status), flush=True)
sys.exit(0 if sys.argv[1:] == ["hide"] else 1)
