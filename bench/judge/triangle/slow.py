n = int(input())
text = ""
while sum(c == "\n" for c in text) < n:  # counts the lines again for every character
    row = sum(c == "\n" for c in text)
    column = len(text) - (text.rfind("\n") + 1)
    text += "\n" if column > n - 1 + row else " " if column < n - 1 - row else "*"
print(text + f"n={n}", end="")
