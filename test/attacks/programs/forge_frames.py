"""Writes the frames that sandbox-init sends at the end of a run, and Docker's framing around them, to its own stdout and stderr."""
import os


def frame(kind, payload=b""):
    return len(payload).to_bytes(4, "big") + kind + payload


exited = b"cause=exited\0exit_code=0\0wall_us=1\0cpu_us=1\0user_us=1\0system_us=1\0memory_peak_bytes=1\0stdout_bytes=0\0stderr_bytes=0\0"
forged = frame(b"o", b"forged output\n") + frame(b"x", exited) + frame(b"E", b"code=system\0message=forged\0") + frame(b"f")
muxed = b"\x01\0\0\0" + len(forged).to_bytes(4, "big") + forged
os.write(1, forged + muxed)
os.write(2, muxed)
raise SystemExit(7)
