import sys
from bisect import insort

numbers = []
for x in map(int, sys.stdin.read().split()[1:]):
    insort(numbers, x)
    print(numbers[len(numbers) // 2])  # prints the upper of two
