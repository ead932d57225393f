n, k = map(int, input().split())
people = list(range(1, n + 1))
at = 0
for _ in range(max(1, n - 1)):
    at = (at + k - 1) % len(people)
    people.pop(at)
print(people[0])  # the last one has been removed too
