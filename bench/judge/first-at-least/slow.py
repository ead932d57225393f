import sys

n, *rest = map(int, sys.stdin.read().split())
for x in rest[n + 1 :]:
    print(min((y for y in rest[:n] if y >= x), default="none"))
