"""Leaves too many or too large output files; args[0] says what."""
import os
import sys

kind = sys.argv[1]
MEBIBYTE = 1 << 20


def write(name, content=b"x"):
    with open(name, "wb") as file:
        file.write(content)


if kind == "files":
    made = 0
    try:
        for number in range(70_000):
            write(str(number))
            made += 1
    except OSError:
        pass
elif kind == "sparse":
    for number in range(2000):
        with open(str(number), "wb") as file:
            file.truncate(8 * MEBIBYTE - number)
elif kind == "hardlinks":
    write("0", os.urandom(5 * MEBIBYTE))
    for number in range(1, 2000):
        os.link("0", str(number))
elif kind == "names":
    for _ in range(60):
        os.mkdir("d" * 255)
        os.chdir("d" * 255)
    for number in range(2000):
        write(str(number))
elif kind == "invalid-names":
    for number in range(2000):
        write(b"\xff\n\xc3(" + b"\xed\xa0\x80" * 60 + str(number).encode())
elif kind == "directories":
    try:
        for number in range(70_000):
            os.mkdir(str(number))
    except OSError:
        pass
elif kind == "links":
    write("target")
    try:
        for number in range(70_000):
            os.symlink("target", str(number))
    except OSError:
        pass
elif kind == "bytes":
    for number in range(8):
        write(str(number), os.urandom(MEBIBYTE))
print("left")
