import sys

n, m, *numbers = map(int, sys.stdin.read().split())
waits = [0] * (n + 1)
for b in numbers[1::2]:
    waits[b] += 1
print(*sorted(range(1, n + 1), key=lambda task: waits[task]))  # sorts by the number of rules
