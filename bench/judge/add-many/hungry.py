import sys

numbers = list(map(int, sys.stdin.read().split()[1:]))
prefixes = [numbers[:i] for i in range(len(numbers) + 1)]  # every prefix is kept
print(sum(prefixes[-1]))
