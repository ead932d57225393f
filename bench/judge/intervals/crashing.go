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
	all := make([][]int, n)
	for i := range all {
		all[i] = make([]int, 2)
		fmt.Fscan(in, &all[i][0], &all[i][1])
	}
	slices.SortFunc(all, slices.Compare)
	from, to := all[0][0], all[0][1] // fails if there are none
	for _, next := range all[1:] {
		if next[0] > to {
			fmt.Println(from, to)
			from, to = next[0], next[1]
		}
		to = max(to, next[1])
	}
	fmt.Println(from, to)
}
