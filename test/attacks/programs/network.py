"""Tries to connect to anything: the host's gateways, the service's own port, name servers, sockets in the file system, abstract
sockets. args: port of the service, then host addresses."""
import glob
import os
import socket
import sys

from attempt import attempt, report

port, addresses = int(sys.argv[1]), sys.argv[2:]


def connect(address, number):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as s:
        s.settimeout(0.5)
        s.connect((address, number))


def send(address, number):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x", (address, number))


for address in ["127.0.0.1", "::1", *addresses]:
    attempt(f"service at {address}", lambda address=address: connect(address, port))
    attempt(f"engine at {address}", lambda address=address: connect(address, 2375))
for address in addresses:
    attempt(f"datagram to {address}", lambda address=address: send(address, 53))
attempt("broadcast", lambda: send("255.255.255.255", 9))
attempt("multicast", lambda: send("224.0.0.1", 9))
attempt("resolve localhost by DNS", lambda: socket.getaddrinfo("name-that-nobody-has.invalid", 80) and None)
attempt("bind to a foreign address", lambda: socket.socket().bind((addresses[0], 0)))
print("interfaces", sorted(name for _, name in socket.if_nameindex() if not name.startswith(("tunl", "sit", "ip6tnl", "gre", "erspan", "ip_vti", "ip6_vti", "ip6gre", "ifb"))))
report()
