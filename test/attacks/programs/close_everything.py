"""Closes every descriptor, stdin first, then hangs or exits with 5."""
import os
import sys
import time

print("before", flush=True)
os.close(0)
os.closerange(0, 4096)
if sys.argv[1] == "hang":
    time.sleep(60)
os._exit(5)
