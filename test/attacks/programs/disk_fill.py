"""Fills a directory and prints the error and the number of bytes written before it."""
import errno
import sys

written = 0
try:
    with open(sys.argv[1] + "/filler", "wb", buffering=0) as file:
        while written < 256 * 1024 * 1024:
            written += file.write(bytes(256 * 1024))
    print("never refused")
except OSError as error:
    print(errno.errorcode[error.errno], written)
