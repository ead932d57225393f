"""Looks for any descriptor except its own three, and writes a forged end of the run to every pipe that it can open again."""
import os


def frame(kind, payload=b""):
    return len(payload).to_bytes(4, "big") + kind + payload


exited = b"cause=exited\0exit_code=0\0wall_us=1\0cpu_us=1\0user_us=1\0system_us=1\0memory_peak_bytes=1\0stdout_bytes=0\0stderr_bytes=0\0"
forged = frame(b"x", exited)
extra = []
for number in range(3, 4096):
    try:
        os.write(number, forged)
        extra.append(number)
    except OSError:
        pass
listed = sorted(int(name) for name in os.listdir("/proc/self/fd"))
opened = []
for number in (0, 1, 2):
    for mode in (os.O_RDONLY, os.O_WRONLY):
        try:
            descriptor = os.open(f"/proc/self/fd/{number}", mode | os.O_NONBLOCK)
            opened.append((number, mode))
        except OSError:
            continue
        if mode == os.O_WRONLY and number == 0:
            os.write(descriptor, forged)
others = []
for pid in filter(str.isdigit, os.listdir("/proc")):
    if int(pid) in (1, os.getpid()):
        continue
    others.append(pid)
print("extra", extra, "listed", [n for n in listed if n > 2 and n < 1000][1:], "others", others, flush=True)
raise SystemExit(11)
