import sys

text = sys.stdin.read()
n = int(text.split()[0])
for i in range(n):
    # Parses the whole input again for every number.
    print(*(sum(int(text.split()[1 + i * n + k]) * int(text.split()[1 + n * n + k * n + j]) for k in range(n))
            for j in range(n)))
