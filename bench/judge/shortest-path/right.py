import sys
from heapq import heappop, heappush

n, m, *numbers = map(int, sys.stdin.read().split())
edges = [[] for _ in range(n + 1)]
for i in range(0, 3 * m, 3):
    edges[numbers[i]].append((numbers[i + 1], numbers[i + 2]))
distances, heap = {}, [(0, 1)]
while heap:
    distance, node = heappop(heap)
    if node in distances:
        continue
    distances[node] = distance
    for to, length in edges[node]:
        if to not in distances:
            heappush(heap, (distance + length, to))
print(distances.get(n, -1))
