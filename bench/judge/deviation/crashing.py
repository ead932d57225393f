import sys

numbers = list(map(float, sys.stdin.read().split()[1:]))
low, width = min(numbers), max(numbers) - min(numbers)
scaled = [(x - low) / width for x in numbers]  # divides by zero if all are equal
mean = sum(scaled) / len(scaled)
deviation = (sum((x - mean) ** 2 for x in scaled) / len(scaled)) ** 0.5
print(low + mean * width, deviation * width)
