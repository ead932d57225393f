"""Swaps a file and a link to /etc/passwd over and over, in processes that try to survive the end of the run."""
import os
import time

os.mkdir("real")
with open("real/passwd", "w") as file:
    file.write("harmless")
os.symlink("/etc", "link")
os.symlink("real", "dir")
with open("file", "w") as file:
    file.write("harmless")
os.symlink("/etc/passwd", "linked")
for _ in range(4):
    if os.fork() == 0:
        os.setsid()
        while True:
            for a, b in (("real", "link"), ("file", "linked")):
                try:
                    os.rename(a, a + "-away")
                    os.rename(b, a)
                    os.rename(a + "-away", b)
                except OSError:
                    pass
time.sleep(0.05)
print("swapping")
