package main

import "fmt"

func main() {
	var width, height, generations int
	fmt.Scan(&width, &height, &generations)
	board := make([]string, height)
	for y := range board {
		fmt.Scan(&board[y])
	}
	for range generations {
		next := make([]string, height)
		for y := range board {
			row := make([]byte, width)
			for x := range row {
				count := 0
				for v := max(0, y-1); v <= min(height-1, y+1); v++ {
					for u := max(0, x-1); u <= min(width-1, x+1); u++ {
						if board[v][u] == '#' {
							count++
						}
					}
				}
				row[x] = '.'
				if count == 3 || count == 4 && board[y][x] == '#' {
					row[x] = '#'
				}
			}
			next[y] = string(row)
		}
		board = next
	}
	for _, row := range board {
		fmt.Println(row)
	}
}
