import sys
from heapq import heappop, heappush

n, m, *numbers = map(int, sys.stdin.read().split())
length = [[None] * (n + 1) for _ in range(n + 1)]  # a full matrix, although there are few edges
for i in range(0, 3 * m, 3):
    a, b, w = numbers[i : i + 3]
    length[a][b] = w if length[a][b] is None else min(w, length[a][b])
distances, heap = {}, [(0, 1)]
while heap:
    distance, node = heappop(heap)
    if node not in distances:
        distances[node] = distance
        for to in range(1, n + 1):
            if length[node][to] is not None:
                heappush(heap, (distance + length[node][to], to))
print(distances.get(n, -1))
