import sys
from itertools import permutations

orders = list(permutations(sys.argv[1:]))
for arg in min(orders):
    print(arg)
print(len(sys.argv) - 1)
