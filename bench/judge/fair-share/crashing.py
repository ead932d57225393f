import sys
from itertools import combinations

numbers = list(map(int, sys.stdin.read().split()))[1:]
places = range(1, len(numbers) + 1)
sets = (c for size in places for c in combinations(places, size))
print(*next(c for c in sets if 2 * sum(numbers[i - 1] for i in c) == sum(numbers)))  # fails if there is none
