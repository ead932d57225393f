from math import factorial

n, k = map(int, input().split())
letters, word, k = [chr(97 + i) for i in range(n)], "", k - 1
if k >= factorial(n):
    print("none")
else:
    for left in range(n - 1, -1, -1):
        index, k = divmod(k, factorial(left))
        word += letters.pop(index)
    print(word)
