import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]
half, odd = divmod(sum(numbers), 2)
reached = [1]  # bit s is set if some of the first i numbers add up to s
for x in numbers:
    reached.append(reached[-1] | reached[-1] << x)
if odd or not reached[-1] >> half & 1:
    print("impossible")
else:
    for i in range(len(numbers), 0, -1):
        if not reached[i - 1] >> half & 1:
            half -= numbers[i - 1]
            print(i)
