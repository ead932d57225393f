import sys

a, b = (sys.stdin.read().split("\n") + [""])[:2]
# Every cell remembers all the steps that lead to it.
rows = [[["insert"] * j for j in range(len(b) + 1)]]
for i, c in enumerate(a, 1):
    rows.append([["delete"] * i])
    for j, d in enumerate(b, 1):
        kept = rows[-2][j - 1] + ([] if c == d else ["replace"])
        options = [kept, rows[-2][j] + ["delete"], rows[-1][j - 1] + ["insert"]]
        rows[-1].append(["keep"] * 0 + min(options, key=len))
print(len(rows[-1][-1]))
