"""Writes output files and metadata with names that are special to JavaScript."""
import json
import os

for name in ("__proto__", "constructor", "toString", "..hidden", "-rf", "a\nb", "\x1b[31m", "\xe9"):
    with open(name, "w") as file:
        file.write("x")
with open(b"\xff\xfe", "w") as file:
    file.write("x")
with open(os.environ["CODE_RUNNER_METADATA"], "w") as file:
    file.write('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}')
print("placed")
