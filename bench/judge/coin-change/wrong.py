amount, count = int(input()), 0
for coin in sorted(map(int, input().split()), reverse=True):  # greedy
    count += amount // coin
    amount %= coin
print(-1 if amount else count)
