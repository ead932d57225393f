import sys

land = [(x, y) for y, row in enumerate(sys.stdin) for x, square in enumerate(row) if square == "#"]
label = {cell: i for i, cell in enumerate(land)}
changed = True
while changed:
    changed = False
    for x, y in reversed(land):  # labels spread one step per round
        for cell in [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]:
            if label.get(cell, label[x, y]) < label[x, y]:
                label[x, y] = label[cell]
                changed = True
print(len(set(label.values())))
