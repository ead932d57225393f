"""Becomes smaller than PID 1 (a program of one page), lowers its oom_score_adj, then takes memory that belongs to no process. The
result must be the same whichever process the out-of-memory killer chooses."""
import os

print("before", flush=True)
with open("/proc/self/oom_score_adj", "w") as file:
    file.write("0")
code = bytes.fromhex("b801000000" "bf03000000" "be00004000" "ba00100000" "0f05" "ebe8")
header = b"\x7fELF\x02\x01\x01" + bytes(9) + (2).to_bytes(2, "little") + (62).to_bytes(2, "little") + (1).to_bytes(4, "little")
header += (0x400078).to_bytes(8, "little") + (64).to_bytes(8, "little") + bytes(8) + bytes(4)
header += b"".join(n.to_bytes(2, "little") for n in (64, 56, 1, 0, 0, 0))
segment = (1).to_bytes(4, "little") + (5).to_bytes(4, "little") + bytes(8) + (0x400000).to_bytes(8, "little") * 2
segment += (4096).to_bytes(8, "little") * 2 + (4096).to_bytes(8, "little")
with open("/tmp/tiny", "wb") as file:
    file.write((header + segment + code).ljust(4096, b"\0"))
os.chmod("/tmp/tiny", 0o755)
os.closerange(3, 64)
hoard = os.open("/dev/shm/hoard", os.O_CREAT | os.O_WRONLY)
os.set_inheritable(hoard, True)
os.execv("/tmp/tiny", ["tiny"])
