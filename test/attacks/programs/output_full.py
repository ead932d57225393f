"""Leaves its sandbox as full as possible, with files up to the memory limit, and exits with 0."""
import os
import sys

KIBIBYTE = 1024
spare = int(sys.argv[1]) * KIBIBYTE
for usage, limit in (
    ("/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.max"),
):
    if os.path.exists(usage):
        break
most = int(open(limit).read())
with open(os.environ["CODE_RUNNER_METADATA"], "w") as file:
    file.write('"set"')
with open("small", "w") as file:
    file.write("small")
usage_file = open(usage)
block = bytes(64 * KIBIBYTE)
with open("large", "wb", buffering=0) as file:
    while True:
        usage_file.seek(0)
        if most - int(usage_file.read()) < spare + len(block):
            break
        file.write(block)
print("full", flush=True)
os._exit(0)
