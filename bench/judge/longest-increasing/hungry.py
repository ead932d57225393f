import sys

numbers = list(map(int, sys.stdin.read().split()[1:]))
n = len(numbers)
best = [[0] * (n + 1) for _ in range(n + 1)]  # best[i][j]: the best from i on, after number j
for i in range(n - 1, -1, -1):
    for j in range(i, -1, -1):
        best[i][j] = best[i + 1][j]
        if j == 0 or numbers[j - 1] < numbers[i]:
            best[i][j] = max(best[i][j], 1 + best[i + 1][i + 1])
print(best[0][0])
