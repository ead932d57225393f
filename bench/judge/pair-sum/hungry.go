package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var n, target int
	fmt.Fscan(in, &n, &target)
	numbers, sums := make([]int, n), []int{}
	for i := range numbers {
		fmt.Fscan(in, &numbers[i])
		for _, other := range numbers[:i] {
			sums = append(sums, other+numbers[i]) // stores all sums before counting
		}
	}
	pairs := 0
	for _, sum := range sums {
		if sum == target {
			pairs++
		}
	}
	fmt.Println(pairs)
}
