"""Connects to itself, never accepts, and closes or resets its own end. The kernel creates the other end and charges it to the process that
accepts it. A connection that was reset stays in the queue but is in no list of connections."""

import socket
import struct
import sys

CONNECTIONS_A_LISTENER = 4000
RESET_ON_CLOSE = struct.pack("ii", 1, 0)

family = socket.AF_INET6 if "6" in sys.argv[1:] else socket.AF_INET
resets = "reset" in sys.argv[1:]
listeners = []
while True:
    listener = socket.socket(family)
    listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    listener.listen(65535)
    listeners.append(listener)
    try:
        for _ in range(CONNECTIONS_A_LISTENER):
            with socket.socket(family) as connection:
                if resets:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                connection.connect(listener.getsockname())
    except OSError:
        continue
