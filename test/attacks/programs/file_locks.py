"""Takes as many file locks as it can in its time. The kernel charges them to no cgroup and does not limit their number."""

import fcntl

LOCKS_A_FILE = 2000

taken = 0
while True:
    kept = open(f"/tmp/locks-{taken}", "w")
    globals()[f"file_{taken}"] = kept
    for place in range(LOCKS_A_FILE):
        fcntl.lockf(kept, fcntl.LOCK_EX, 1, 2 * place)
    taken += LOCKS_A_FILE
