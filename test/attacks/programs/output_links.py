"""Replaces its output files by links, devices, FIFOs and other things that must not be returned."""
import os
import threading
import time

os.symlink("/etc/passwd", "passwd")
os.symlink("/proc/self/environ", "environ")
os.symlink("/proc/1/environ", "environ-of-init")
os.symlink("/etc", "etc")
os.symlink("/", "root")
os.symlink(".", "loop")
os.symlink("itself", "itself")
os.symlink("/dev/zero", "zero")
os.mkfifo("fifo")
os.mkdir("directory")
with open("giant", "wb") as file:
    file.truncate(1 << 40)
with open("unreadable", "w") as file:
    file.write("x")
os.chmod("unreadable", 0)
os.mkdir("shut")
open("shut/inside", "w").close()
os.chmod("shut", 0)
import socket
socket.socket(socket.AF_UNIX).bind("socket")
with open("honest", "w") as file:
    file.write("honest")
try:
    os.link("/etc/passwd", "hardlink")
except OSError:
    pass
print("placed")
