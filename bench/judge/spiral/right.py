import sys

height, width, *numbers = sys.stdin.read().split()
height, width = int(height), int(width)
rows = [numbers[y * width : (y + 1) * width] for y in range(height)]
out = []
while rows and rows[0]:
    out += rows[0]
    rows = list(zip(*rows[1:]))[::-1]  # the remaining rows, rotated to the left
print(*out)
