"""Looks for a text wherever a judged program could: its files, memory, environment, descriptors, and those of all other processes."""
import os
import re
import sys

wanted = sys.argv[1].encode()[::-1]  # given backwards, so that the arguments do not hold it
found = []


def look(path, content):
    if wanted in content:
        found.append(path)


def look_into(path, size=1 << 26):
    try:
        with open(path, "rb", buffering=0) as file:
            if os.path.isfile(path):
                look(path, file.read(size) or b"")
    except OSError:
        pass


look("stdin", sys.stdin.buffer.read())
for root in ("/workspace", "/tmp", "/dev/shm", "/dev/mqueue", "/run", "/var", "/etc", "/opt/code-runner"):
    for folder, _, names in os.walk(root):
        for name in names:
            look_into(os.path.join(folder, name))
for pid in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline", "comm", "maps", "mountinfo"):
        if int(pid) != os.getpid():
            look_into(f"/proc/{pid}/{name}")
    try:
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            if int(pid) != os.getpid():
                look_into(f"/proc/{pid}/fd/{descriptor}")
    except OSError:
        pass
    # Memory of other processes: sandbox-init holds what it received.
    if int(pid) == os.getpid():
        continue
    try:
        with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                low, high = (int(part, 16) for part in re.match(r"(\w+)-(\w+) r", line).groups())
                memory.seek(low)
                look(f"memory of {pid}", memory.read(high - low))
    except (OSError, AttributeError, ValueError):
        pass
print("searched", found)
