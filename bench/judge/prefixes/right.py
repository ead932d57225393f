import sys
from bisect import bisect_left

head, *lines = sys.stdin.read().split("\n")
n, q = map(int, head.split())
words = sorted(lines[:n])
for prefix in lines[n : n + q]:
    print(bisect_left(words, prefix + "\uffff") - bisect_left(words, prefix))
