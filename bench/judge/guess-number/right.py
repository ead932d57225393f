low, high, answer = 1, 1000000, ""
while answer != "=":
    middle = (low + high) // 2
    print(middle, flush=True)
    answer = input()
    if answer == "<":
        high = middle - 1
    else:
        low = middle + 1
