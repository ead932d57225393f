"""Writes endlessly to stdout, stderr or both at once, in small lines, without newlines, or in huge single writes."""
import os
import sys
import threading

streams, how = sys.argv[1], sys.argv[2]
chunk = {"lines": b"y\n" * 32768, "unbroken": b"y" * 65536, "huge": b"y" * (64 * 1024 * 1024), "bytes": b"y"}[how]


def flood(descriptor):
    while True:
        os.write(descriptor, chunk)


targets = {"stdout": [1], "stderr": [2], "both": [1, 2]}[streams]
for descriptor in targets[1:]:
    threading.Thread(target=flood, args=(descriptor,), daemon=True).start()
flood(targets[0])
