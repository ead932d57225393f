from math import dist

corners = [tuple(map(float, input().split())) for _ in range(int(input()))]
edges = list(zip(corners, corners[1:] + corners[:1]))
area = sum(a[0] * b[1] - b[0] * a[1] for a, b in edges) / 2  # negative if the corners are in clockwise order
print(area, sum(dist(a, b) for a, b in edges))
