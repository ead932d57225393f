from itertools import permutations

n = int(input())
orders = list(permutations(range(1, n + 1)))  # all of them at once
good = [order for order in orders if all(abs(a - b) > 1 for a, b in zip(order, order[1:]))]
print(*good[0] if good else ["impossible"])
