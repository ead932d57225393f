# Prints what a sandbox allows a program, whatever its image contains.
import hashlib
import json
import os
import stat
import subprocess


def status(field):
    with open("/proc/self/status") as file:
        return next(line.split()[1:] for line in file if line.startswith(field + ":"))


def attempt(*argv):
    try:
        done = subprocess.run(argv, capture_output=True, text=True)
        return (done.stdout or done.stderr).strip().split("\n")[-1]
    except OSError as error:
        return error.strerror


def opens(path):
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))
        return "opened"
    except OSError as error:
        return error.strerror


def writes(path):
    try:
        with open(path, "w"):
            return "written"
    except OSError as error:
        return error.strerror


identity = "import os; print(os.getresuid(), os.getresgid(), os.getgroups())"
own = f"{os.getresuid()} {os.getresgid()} {os.getgroups()}"
print(
    json.dumps(
        {
            "uid is a sandbox's": 100000 <= os.getuid() < 104096,
            "groups": [os.getgid(), os.getgroups()],
            "capabilities": [status(field)[0] for field in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")],
            "no new privileges": status("NoNewPrivs"),
            "seccomp": status("Seccomp"),
            "init": hashlib.sha256(open("/sandbox-init", "rb").read()).hexdigest(),
            "init mode": oct(os.stat("/sandbox-init").st_mode),
            "setuid": {
                path: attempt(path, "-c", identity) in (own, "No such file or directory")
                for path in ("/opt/rootpython", "/opt/grouppython", "/opt/capable")
            },
            "devices": [opens(path) == "opened" for path in ("/opt/disk", "/opt/memory")],
            "opened in the build": os.path.exists("/opt/opened"),
            "folders": {
                path: [stat.S_ISDIR(os.lstat(path).st_mode), os.path.ismount(path), sorted(os.listdir(path))]
                for path in ("/workspace", "/tmp", "/dev/shm")
            },
            "root": writes("/opt/new"),
            "interfaces": sorted(os.listdir("/sys/class/net")),
        },
        sort_keys=True,
    )
)
