"""Searches the whole file system for sockets, and tries the usual engine sockets and all abstract ones."""
import os
import socket
import stat

from attempt import attempt, report

found = []
for root, directories, names in os.walk("/"):
    if root in ("/proc", "/sys"):
        directories.clear()
        continue
    for name in names + directories:
        path = os.path.join(root, name)
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode) or stat.S_ISBLK(mode):
            found.append(path)


def connect(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
        s.connect(path)


for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock", "/run/systemd/private", "/run/dbus/system_bus_socket", "/run/crio/crio.sock", "\0/containerd-shim", "\0/tmp/.X11-unix/X0"):
    attempt(f"connect to {path.replace(chr(0), '@')}", lambda path=path: connect(path))
abstract = [line.split()[7] for line in open("/proc/net/unix").readlines()[1:] if len(line.split()) > 7]
print("sockets and disks", found, "unix", abstract)
report()
