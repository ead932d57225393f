"""Takes kernel memory as full pipes, in as many processes as needed; stops by itself at 600 MiB."""
import os
import time

print("before", flush=True)
for _ in range(20):
    if os.fork() == 0:
        try:
            for _ in range(480):
                _, end = os.pipe()
                os.set_blocking(end, False)
                try:
                    while True:
                        os.write(end, bytes(4096))
                except BlockingIOError:
                    pass
        except OSError:
            pass
        time.sleep(20)
time.sleep(3)
print("survived", flush=True)
os._exit(1)
