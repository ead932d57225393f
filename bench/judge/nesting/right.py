from itertools import accumulate

steps = [1 if c == "[" else -1 for c in input()]
print(max(accumulate(steps), default=0))
