package main

import "fmt"

const unknown = -1

// One entry for every possible generation and cell.
var memo [201][512][512]int64
var board []string

func isAlive(x, y, time int) int64 {
	if y < 0 || y >= len(board) || x < 0 || x >= len(board[y]) {
		return 0
	}
	if memo[time][y][x] != unknown {
		return memo[time][y][x]
	}
	count, before := int64(0), isAlive(x, y, time-1)
	for i := range 9 {
		count += isAlive(x+i%3-1, y+i/3-1, time-1)
	}
	memo[time][y][x] = 0
	if count == 3 || count == 4 && before == 1 {
		memo[time][y][x] = 1
	}
	return memo[time][y][x]
}

func main() {
	var width, height, generations int
	fmt.Scan(&width, &height, &generations)
	for time := range memo {
		for y := range memo[time] {
			for x := range memo[time][y] {
				memo[time][y][x] = unknown
			}
		}
	}
	board = make([]string, height)
	for y := range board {
		fmt.Scan(&board[y])
		for x := range board[y] {
			memo[0][y][x] = int64(('.' - board[y][x]) / ('.' - '#'))
		}
	}
	for y := range board {
		for x := range board[y] {
			fmt.Print(string(".#"[isAlive(x, y, generations)]))
		}
		fmt.Println()
	}
}
