package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var n int
	fmt.Fscan(in, &n)
	numbers := make([]int, n)
	for i := range numbers {
		fmt.Fscan(in, &numbers[i])
	}
	rests := make([][]int, n) // copies everything to the right of each
	for i := range rests {
		rests[i] = slices.Clone(numbers[i+1:])
	}
	for i, rest := range rests {
		j := slices.IndexFunc(rest, func(x int) bool { return x > numbers[i] })
		if j < 0 {
			fmt.Fprint(out, "-1 ")
		} else {
			fmt.Fprint(out, rest[j], " ")
		}
	}
}
