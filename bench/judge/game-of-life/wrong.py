width, height, generations = map(int, input().split())
board = [list(input()) for _ in range(height)]
for _ in range(generations):
    for y in range(height):
        for x in range(width):
            square = [row[max(0, x - 1) : x + 2] for row in board[max(0, y - 1) : y + 2]]
            count = sum(row.count("#") for row in square)
            board[y][x] = "#" if count == 3 or count == 4 and board[y][x] == "#" else "."  # updates the board in place
for row in board:
    print("".join(row))
