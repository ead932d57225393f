"""Fills its directory with unreadable files, deep down beneath the longest names, so that the report about each of them is as large as
a file."""
import os

path = "."
for _ in range(int(os.environ.get("DEPTH", "60"))):
    os.mkdir("d" * 255)
    os.chdir("d" * 255)
made = 0
try:
    for number in range(int(os.environ.get("COUNT", "60000"))):
        os.close(os.open(str(number), os.O_CREAT | os.O_WRONLY, 0))
        made += 1
except OSError:
    pass
print(made)
