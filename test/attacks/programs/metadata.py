"""Writes bad metadata; args[0] says which."""
import os
import sys

path = os.environ["CODE_RUNNER_METADATA"]
kind = sys.argv[1]
if kind == "deep-arrays":
    depth = int(os.environ.get("DEPTH", "32000"))
    text = "[" * depth + "]" * depth
elif kind == "deep-objects":
    text = '{"a":' * 10_000 + "1" + "}" * 10_000
elif kind == "number":
    text = "1" * 60_000
elif kind == "infinity":
    text = "1e999999"
elif kind == "surrogate":
    text = '"\\ud800"'
elif kind == "duplicate":
    text = "{" + ",".join('"a":1' for _ in range(10_000)) + "}"
elif kind == "not-json":
    text = "[" * 65_000
elif kind == "too-large":
    text = '"' + "x" * 65_536 + '"'
if kind == "sparse":
    with open(path, "wb") as file:
        file.truncate(1 << 30)
elif kind == "fifo":
    os.mkfifo(path)
elif kind == "link":
    os.symlink("/etc/hostname", path)
elif kind == "directory":
    os.mkdir(path)
elif kind == "unreadable":
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0))
elif kind == "binary":
    with open(path, "wb") as file:
        file.write(b"\xff\xfe\x00")
else:
    with open(path, "w") as file:
        file.write(text)
print("written")
