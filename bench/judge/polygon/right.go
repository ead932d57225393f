package main

import (
	"fmt"
	"math"
)

func main() {
	var n int
	fmt.Scan(&n)
	x, y := make([]float64, n), make([]float64, n)
	for i := range x {
		fmt.Scan(&x[i], &y[i])
	}
	var area, perimeter float64
	for i := range x {
		j := (i + 1) % n
		area += (x[i]*y[j] - x[j]*y[i]) / 2
		perimeter += math.Hypot(x[i]-x[j], y[i]-y[j])
	}
	fmt.Printf("%.7f %.7e\n", math.Abs(area), perimeter)
}
