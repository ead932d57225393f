candidates, history, answer = list(range(1, 1000001)), [], ""
while answer != "=":
    history.append(candidates)
    history.append([list(candidates) for _ in range(40)])
    middle = candidates[(len(candidates) - 1) // 2]
    print(middle, flush=True)
    answer = input()
    candidates = [n for n in candidates if (n < middle) == (answer == "<") and n != middle]
