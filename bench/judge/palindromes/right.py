import sys

for text in sys.stdin.read().split("\n")[:-1]:
    longest = 0
    for end in range(1, len(text) + 1):
        for length in (longest + 2, longest + 1):
            part = text[end - length : end] if end >= length else ""
            if part and part == part[::-1]:
                longest = length
                break
    print(longest)
