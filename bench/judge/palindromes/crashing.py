import sys

for text in sys.stdin.read().split("\n")[:-1]:
    n = len(text)
    parts = ((i, j) for i in range(n) for j in range(i + 1, n + 1))
    print(max(j - i for i, j in parts if text[i:j] == text[i:j][::-1]))  # fails if there is none
