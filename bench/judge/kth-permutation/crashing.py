from itertools import permutations

n, k = map(int, input().split())
words = list(permutations("abcdefghijklmnopqrst"[:n]))
print("".join(words[k - 1]))  # fails if there are fewer
