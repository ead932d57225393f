import sys

PAIRS = {")": "(", "]": "[", "}": "{"}


def balanced(text):
    states = [()]  # one state for every character
    for c in text:
        top = states[-1]
        if c not in PAIRS:
            states.append(top + (c,))
        elif top and top[-1] == PAIRS[c]:
            states.append(top[:-1])
        else:
            return False
    return not states[-1]


for text in sys.stdin.read().split("\n")[:-1]:
    print("yes" if balanced(text) else "no")
