def depth(text, i):
    """The depth of the list that opens at i, and where it ends."""
    deepest = 0
    i += 1
    while text[i] == "[":
        inner, i = depth(text, i)  # deeper than Python's stack
        deepest = max(deepest, inner)
    return deepest + 1, i + 1


text = input()
print(depth(text, 0)[0] if text else 0)
