import sys

head, *lines = sys.stdin.read().split("\n")
n, q = map(int, head.split())
words = {}
for word in lines[:n]:
    words.setdefault(word[0], []).append(word)
for prefix in lines[n : n + q]:
    print(sum(word.startswith(prefix) for word in words.get(prefix[0], [])))  # the empty prefix has no first letter
