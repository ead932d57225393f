package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var n int
	fmt.Fscan(in, &n)
	numbers := make([]int, n)
	for i := range numbers {
		fmt.Fscan(in, &numbers[i])
	}
	least := slices.Min(numbers)
	left := make([]int32, slices.Max(numbers)-least+1) // one counter for every possible number
	for i := range left {
		left[i] = 3
	}
	for _, x := range numbers {
		left[x-least]--
	}
	fmt.Println(least + slices.Index(left, 2))
}
