from datetime import date, timedelta

year = int(input())
last = date(year, 3, 1) - timedelta(days=1)  # fails after the year 9999
print("leap" if last.day == 29 else "common")
