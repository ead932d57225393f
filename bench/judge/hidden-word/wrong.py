word = list("aaaaa")


def ask():
    print("".join(word), flush=True)
    return int(input() or 0)


best = ask()
for i in range(5):
    for letter in "bcd":  # forgets e
        old, word[i] = word[i], letter
        right = ask() if best < 5 else best
        if right < best:
            word[i] = old
        best = max(best, right)
    if best == 5:
        break
else:
    print("".join(word) + "?", flush=True)
