"""Connects to itself, never accepts, and closes its own end: the kernel made the other end, and charges it to whoever accepts it."""

import socket
import sys

CONNECTIONS_A_LISTENER = 4000

family = socket.AF_INET6 if sys.argv[1:] == ["6"] else socket.AF_INET
listeners = []
while True:
    listener = socket.socket(family)
    listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    listener.listen(65535)
    listeners.append(listener)
    try:
        for _ in range(CONNECTIONS_A_LISTENER):
            with socket.socket(family) as connection:
                connection.connect(listener.getsockname())
    except OSError:
        continue
