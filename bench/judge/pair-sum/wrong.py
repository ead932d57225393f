import sys
from collections import Counter

n, target, *numbers = map(int, sys.stdin.read().split())
counts = Counter(numbers)
print(sum(counts[x] * counts[target - x] for x in counts) // 2)  # pairs a number with itself
