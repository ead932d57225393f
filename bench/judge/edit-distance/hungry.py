import sys

a, b = (sys.stdin.read().split("\n") + [""])[:2]
row, rows = list(range(len(b) + 1)), []
for i, c in enumerate(a, 1):
    left, diagonal, row[0] = i, row[0], i
    for j, d in enumerate(b, 1):
        left, diagonal = min(diagonal + (c != d), row[j] + 1, left + 1), row[j]
        row[j] = left
        rows.append(row[:])  # a copy of the row after every step
print(row[-1])
