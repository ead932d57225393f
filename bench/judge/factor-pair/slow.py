n = int(input())
factor = next(i for i in range(2, n + 1) if n % i == 0)
print("prime" if factor == n else f"{factor} {n // factor}")
