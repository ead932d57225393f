low, high = 1, int(input())
while low < high:
    middle = low
    while middle < (low + high) // 2:
        middle += 1
    print("?", middle, flush=True)
    if input() == "bad":
        high = middle
    else:
        low = middle + 1
print("!", low, flush=True)
