"""Tries to write to the image: binaries, libraries, configuration, sandbox-init itself, and every writable directory."""
import os
import stat

from attempt import attempt, report


def create(path):
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))


for directory in ("/", "/usr", "/usr/bin", "/usr/lib/python3", "/etc", "/var/tmp", "/var/log", "/run", "/run/lock", "/home", "/root", "/opt", "/mnt", "/srv", "/boot", "/lib", "/sbin", "/dev", "/proc", "/sys", "/sys/fs/cgroup"):
    attempt(f"create in {directory}", lambda directory=directory: create(f"{directory}/evil"))
for path in ("/sandbox-init", "/etc/passwd", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/etc/ld.so.preload", "/usr/bin/python3", "/bin/sh"):
    attempt(f"write {path}", lambda path=path: os.close(os.open(path, os.O_WRONLY)))
    attempt(f"unlink {path}", lambda path=path: os.unlink(path))
    attempt(f"rename over {path}", lambda path=path: (open("/tmp/new", "w").close(), os.rename("/tmp/new", path))[1])
attempt("chmod /sandbox-init", lambda: os.chmod("/sandbox-init", 0o777))
attempt("utime /etc/passwd", lambda: os.utime("/etc/passwd"))
attempt("read /etc/shadow", lambda: open("/etc/shadow").read() and None)
attempt("remove /workspace", lambda: os.rmdir("/workspace"))
attempt("rename /workspace", lambda: os.rename("/workspace", "/elsewhere"))

privileged, writable = [], []
for root, directories, names in os.walk("/"):
    if root in ("/proc", "/sys", "/tmp", "/workspace", "/dev"):
        directories.clear()
        continue
    for name in names + directories:
        path = os.path.join(root, name)
        try:
            status = os.lstat(path)
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode) and status.st_mode & 0o6000:
            privileged.append(path)
        if stat.S_ISREG(status.st_mode):
            try:
                if "security.capability" in os.listxattr(path, follow_symlinks=False):
                    privileged.append(path)
            except OSError:
                pass
        if not stat.S_ISLNK(status.st_mode) and os.access(path, os.W_OK, follow_symlinks=False):
            writable.append(path)
print("privileged", privileged, "writable", writable)
report()
