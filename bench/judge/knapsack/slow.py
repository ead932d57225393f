import sys

n, capacity, *numbers = map(int, sys.stdin.read().split())
things = list(zip(numbers[::2], numbers[1::2]))


def best(i, room):
    if i == n:
        return 0
    weight, value = things[i]
    without = best(i + 1, room)
    return max(without, value + best(i + 1, room - weight)) if weight <= room else without


print(best(0, capacity))
