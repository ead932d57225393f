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
	var n, x int
	states := [][]int{{}} // keeps the sorted numbers after every step
	for fmt.Fscan(in, &n); n > 0; n-- {
		fmt.Fscan(in, &x)
		last := slices.Clone(states[len(states)-1])
		at, _ := slices.BinarySearch(last, x)
		states = append(states, slices.Insert(last, at, x))
	}
	for _, state := range states[1:] {
		fmt.Fprintln(out, state[(len(state)-1)/2])
	}
}
