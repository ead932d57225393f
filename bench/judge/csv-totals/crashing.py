import re
import sys

totals = {}
for line in sys.stdin.read().split("\n")[:-1]:
    quoted, plain, amount = re.fullmatch(r'(?:"(.*)"|([^",]*)),(-?\d+)', line).groups()  # does not match an empty line
    name = plain if quoted is None else quoted.replace('""', '"')
    totals[name] = totals.get(name, 0) + int(amount)
for name, total in totals.items():
    print(total, name)
