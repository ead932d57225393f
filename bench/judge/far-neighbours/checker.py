import sys

n = int(open("input").read())
words, expected = open("output", "rb").read().split(), open("expected").read().split()
if expected == ["impossible"]:
    print("there is no such order")
    sys.exit(0 if words == [b"impossible"] else 1)
if sorted(words) != sorted(str(i).encode() for i in range(1, n + 1)):
    print("not the numbers from 1 to n")
    sys.exit(1)
for a, b in zip(words, words[1:]):
    if abs(int(a) - int(b)) < 2:
        print(f"{a.decode()} beside {b.decode()}")
        sys.exit(1)
