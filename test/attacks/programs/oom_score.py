"""Makes itself as unattractive to the out-of-memory killer as it may, then takes memory that is nobody's: a tmpfs. The victim should
still be this program and never PID 1."""
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
