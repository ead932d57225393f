"""Creates more and more directory entries of one kind. Prints whether and how the kernel refused."""
import errno
import os
import sys

kind, root = sys.argv[1], sys.argv[2]
os.chdir(root)
made = 0
try:
    os.close(os.open("first", os.O_CREAT | os.O_WRONLY))
    while made < 200_000:
        name = str(made)
        if kind == "files":
            os.close(os.open(name, os.O_CREAT | os.O_WRONLY))
        elif kind == "directories":
            os.mkdir(name)
        elif kind == "long-names":
            os.close(os.open(name.rjust(255, "x"), os.O_CREAT | os.O_WRONLY))
        elif kind == "links":
            os.link("first", name)
        elif kind == "symlinks":
            os.symlink("y" * 4000, name)
        elif kind == "deep":
            os.mkdir("d")
            os.chdir("d")
        made += 1
    print("never refused", made)
except OSError as error:
    print(errno.errorcode[error.errno], made)
