import sys
from collections import Counter

counts = Counter(sys.stdin.read().lower().split())
if counts:
    word = min(counts, key=lambda w: (-counts[w], w))
    print(word, counts[word])
else:
    print("none")
