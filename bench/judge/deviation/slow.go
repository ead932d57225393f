package main

import (
	"bufio"
	"fmt"
	"math"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var n int
	fmt.Fscan(in, &n)
	numbers := make([]float64, n)
	var sum, squares float64
	for i := range numbers {
		fmt.Fscan(in, &numbers[i])
		sum += numbers[i]
	}
	for _, a := range numbers { // visits every pair
		for _, b := range numbers {
			squares += math.Pow(a-b, 2)
		}
	}
	count := float64(n)
	fmt.Println(sum/count, math.Sqrt(squares/2)/count)
}
