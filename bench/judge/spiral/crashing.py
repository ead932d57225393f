import sys

head, *lines = sys.stdin.read().strip().split("\n")
rows, out = [line.split() for line in lines], []
width = len(rows[0])  # fails if there are no rows
while rows and len(out) < width * len(lines):
    out += rows[0]
    rows = list(zip(*rows[1:]))[::-1]
print(*out)
