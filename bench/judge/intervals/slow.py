import sys

numbers = list(map(int, sys.stdin.read().split()))[1:]
rest = list(zip(numbers[::2], numbers[1::2]))
union = []
while rest:
    begin, end = rest.pop()
    changed = True
    while changed:
        changed = False
        for a, b in list(rest):  # compares each with all others
            if a <= end and begin <= b:
                begin, end, changed = min(a, begin), max(b, end), True
                rest.remove((a, b))
    union.append((begin, end))
for begin, end in sorted(union):
    print(begin, end)
