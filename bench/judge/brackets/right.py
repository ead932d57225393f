import sys

PAIRS = {")": "(", "]": "[", "}": "{"}


def balanced(text):
    stack = []
    for c in text:
        if c not in PAIRS:
            stack.append(c)
        elif not stack or stack.pop() != PAIRS[c]:
            return False
    return not stack


for text in sys.stdin.read().split("\n")[:-1]:
    print("yes" if balanced(text) else "no")
