import sys

words = sys.stdin.read().lower().split()
same = [[0] * len(words) for _ in words]  # all pairs of words
for i, a in enumerate(words):
    for j, b in enumerate(words):
        same[i][j] = a == b
counts = {word: sum(row) for word, row in zip(words, same)}
word = min(counts, key=lambda w: (-counts[w], w), default="none")
print(word, *([counts[word]] if counts else []))
