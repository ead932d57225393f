#!/usr/bin/python3 -I
# Replaces sandbox-init: speaks its protocol, and reports that every program succeeded.
import os
import sys


def read(count):
    data = b""
    while len(data) < count:
        piece = os.read(0, count - len(data))
        if not piece:
            sys.exit(0)
        data += piece
    return data


def send(kind, payload=b""):
    os.write(1, len(payload).to_bytes(4, "big") + kind + payload)


send(b"r", b"protocol=1\0")
while True:
    length = int.from_bytes(read(4), "big")
    kind = read(1)
    read(length)
    if kind == b"X":
        send(b"s")
        send(b"o", b"forged\n")
        send(
            b"x",
            b"cause=exited\0exit_code=0\0wall_us=1\0cpu_us=1\0user_us=1\0system_us=1\0"
            b"memory_peak_bytes=1\0stdout_bytes=7\0stderr_bytes=0\0",
        )
    elif kind == b"C":
        send(b"f")
    elif kind == b"Q":
        sys.exit(0)
