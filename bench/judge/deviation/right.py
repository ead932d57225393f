import sys
from math import fsum, sqrt

numbers = list(map(float, sys.stdin.read().split()[1:]))
mean = fsum(numbers) / len(numbers)
print(f"{mean:.8f}\n{sqrt(fsum((x - mean) ** 2 for x in numbers) / len(numbers)):e}")
