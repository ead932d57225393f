"""Lowers its oom_score_adj as far as allowed, then takes memory that belongs to no process: a tmpfs. The out-of-memory killer should
still choose this program and never PID 1."""
import os

print("before", flush=True)
for score in range(-1000, 1001):
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(str(score))
        break
    except OSError:
        pass
print("score", open("/proc/self/oom_score_adj").read().strip(), flush=True)
with open("/dev/shm/hoard", "wb", buffering=0) as file:
    while True:
        file.write(bytes(1024 * 1024))
