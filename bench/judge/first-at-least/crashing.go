package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var n, q, x int
	fmt.Fscan(in, &n)
	numbers := make([]int, n)
	for i := range numbers {
		fmt.Fscan(in, &numbers[i])
	}
	for fmt.Fscan(in, &q); q > 0; q-- {
		fmt.Fscan(in, &x)
		fmt.Fprintln(out, numbers[sort.SearchInts(numbers, x)]) // the index may be past the end
	}
}
