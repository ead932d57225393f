"""Removes all permissions from its directories. Only root could read them, and sandbox-init is not root."""
import os
import sys

for directory in ("inner", "inner/innermost"):
    os.mkdir(directory)
for path in ("file", "inner/file", "inner/innermost/file"):
    with open(path, "w") as file:
        file.write("x")
with open(os.environ["CODE_RUNNER_METADATA"], "w") as file:
    file.write('"set"')
mode = int(sys.argv[1], 8)
for path in ("inner/innermost", "inner", "/workspace", "/tmp"):
    os.chmod(path, mode)
print("shut")
