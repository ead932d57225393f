package main

import (
	"bufio"
	"fmt"
	"os"
)

var grid [][]byte

func sink(x, y int) {
	if y < 0 || y >= len(grid) || x < 0 || x >= len(grid[y]) || grid[y][x] != '#' {
		return
	}
	grid[y][x] = '.'
	sink(x+1, y)
	sink(x-1, y)
	sink(x, y+1)
	sink(x, y-1)
}

func main() {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		grid = append(grid, []byte(in.Text()))
	}
	islands := 0
	for y, row := range grid {
		for x, square := range row {
			if square == '#' && grid[y][x] == '#' {
				islands++
				sink(x, y)
			}
		}
	}
	fmt.Println(islands)
}
