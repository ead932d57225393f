"""Looks for anything that an earlier or concurrent run left or has."""
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
traces = []
for directory in ("/tmp", "/dev/shm", "/workspace", "/var/tmp", "/dev/mqueue"):
    names = sorted(os.listdir(directory))
    traces += [f"{directory}/{name}" for name in names if name not in ("main.py", "attempt.py", "sdk.py", "__pycache__")]
for name, key in (("shm", libc.shmget(0x7777, 1, 0)), ("sem", libc.semget(0x7777, 0, 0)), ("msg", libc.msgget(0x7777, 0))):
    if key >= 0:
        traces.append(name)
for kind in ("shm", "sem", "msg"):
    traces += [f"sysvipc/{kind}" for _ in open(f"/proc/sysvipc/{kind}").readlines()[1:]]
traces += [line.split()[7] for line in open("/proc/net/unix").readlines()[1:] if len(line.split()) > 7]
traces += [f"process {pid}" for pid in os.listdir("/proc") if pid.isdigit() and int(pid) not in (1, os.getpid())]
print(traces)
