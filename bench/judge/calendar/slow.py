import sys
from datetime import date, timedelta

for line in sys.stdin:
    text, days = line.split()
    day, step = date.fromisoformat(text), 1 if int(days) > 0 else -1
    for _ in range(abs(int(days))):
        day = date.fromisoformat((day + timedelta(days=step)).isoformat())
    print(day.isoformat())
