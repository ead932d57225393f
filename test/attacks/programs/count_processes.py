"""Starts up to 300 sleeping children and prints how many it could start."""
import os
import signal
import time

children = []
while len(children) < 300:
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        time.sleep(20)
        os._exit(0)
    children.append(child)
print(len(children), flush=True)
for child in children:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
