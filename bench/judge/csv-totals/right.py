import csv
import sys

totals = {}
for row in csv.reader(sys.stdin):
    if row:
        totals[row[0]] = totals.get(row[0], 0) + int(row[1])
for name, total in totals.items():
    print(total, name)
