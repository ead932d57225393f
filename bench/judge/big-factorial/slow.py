def count_orders(n):
    return 1 if n == 0 else sum(count_orders(n - 1) for _ in range(n))


print(count_orders(int(input())))
