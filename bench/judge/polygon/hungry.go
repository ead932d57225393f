package main

import (
	"fmt"
	"math"
)

func main() {
	var n int
	fmt.Scan(&n)
	var width, height, area, perimeter float64
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		fmt.Scan(&x[i], &y[i])
		width, height = max(width, x[i]), max(height, y[i])
	}
	paper := make([]byte, int(width+1)*int(height+1)) // draws the polygon on a grid
	for i := range paper {
		paper[i] = '.'
	}
	for i := range x {
		j := (i + 1) % n
		area += (x[i]*y[j] - x[j]*y[i]) / 2
		perimeter += math.Hypot(x[i]-x[j], y[i]-y[j])
		paper[int(max(0, y[i]))*int(width+1)+int(max(0, x[i]))] = '*'
	}
	fmt.Println(math.Abs(area), perimeter)
}
