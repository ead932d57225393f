import sys

for n in map(int, sys.stdin):
    steps = 0
    while n != 1:
        n, steps = (3 * n + 1 if n & 1 else n >> 1), steps + 1
    print(steps)
