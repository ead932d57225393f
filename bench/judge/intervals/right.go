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
	var n int
	fmt.Fscan(in, &n)
	all := make([][2]int, n)
	for i := range all {
		fmt.Fscan(in, &all[i][0], &all[i][1])
	}
	sort.Slice(all, func(i, j int) bool { return all[i][0] < all[j][0] })
	for i := 0; i < n; {
		from, to := all[i][0], all[i][1]
		for i++; i < n && all[i][0] <= to; i++ {
			to = max(to, all[i][1])
		}
		fmt.Fprintln(out, from, to)
	}
}
