import sys
from bisect import bisect_left

ends = []
for x in map(int, sys.stdin.read().split()[1:]):
    i = bisect_left(ends, x)
    ends[i : i + 1] = [x]
print(len(ends))
