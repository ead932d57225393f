package main

import (
	"bufio"
	"fmt"
	"os"
)

var grid [][]byte

func sink(x, y int) {
	if grid[y][x] != '#' { // fails outside the map
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
	for y := range grid {
		for x := range grid[y] {
			if grid[y][x] == '#' {
				islands++
				sink(x, y)
			}
		}
	}
	fmt.Println(islands)
}
