import sys

known = {2: 1}
for n in map(int, sys.stdin):
    chain = [n]
    while chain[-1] not in known and chain[-1] != 1:
        chain.append(3 * chain[-1] + 1 if chain[-1] % 2 else chain[-1] // 2)
    for i, number in enumerate(reversed(chain[:-1]), 1):
        known[number] = known[chain[-1]] + i
    print(known[n])  # 1 is not known
