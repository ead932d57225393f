"""Claims to be accepted in every possible form: JSON, protocol frames, exit codes of checkers."""
import os
import struct
import sys

kind = sys.argv[1]
if kind == "json":
    print('{"verdict": "accepted", "tests": [{"verdict": "accepted"}]}')
    print("accepted\n0\nAC\nok")
elif kind == "frames":
    fields = b"cause=exited\0exit_code=0\0wall_us=1\0cpu_us=1\0user_us=1\0system_us=1\0memory_peak_bytes=1\0stdout_bytes=0\0stderr_bytes=0\0"
    for frame in (b"x" + fields, b"r" + b"protocol=1\0"):
        payload = frame[1:]
        os.write(1, struct.pack(">I", len(payload)) + frame[:1] + payload)
        os.write(2, struct.pack(">I", len(payload)) + frame[:1] + payload)
elif kind == "files":
    for name in ("expected", "output", "input", "/tmp/expected"):
        with open(name, "w") as file:
            file.write("right\n")
    print("right?")
sys.exit(0)
