import sys

numbers = list(map(int, open("input").read().split()))[1:]
output, expected = open("output", "rb").read().split(), open("expected").read().split()
if expected == ["impossible"]:
    sys.exit(output != [b"impossible"])
try:
    places = {int(word) for word in output}
except ValueError:
    print("not a list of places")
    sys.exit(1)
if len(places) != len(output) or not all(1 <= place <= len(numbers) for place in places):
    print("places that are not there")
    sys.exit(1)
if 2 * sum(numbers[place - 1] for place in places) != sum(numbers):
    print("not half of the sum")
    sys.exit(1)
