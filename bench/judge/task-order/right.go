package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var n, m, a, b int
	fmt.Fscan(in, &n, &m)
	waits, followers := make([]int, n+1), make([][]int, n+1)
	for range m {
		fmt.Fscan(in, &a, &b)
		waits[b]++
		followers[a] = append(followers[a], b)
	}
	order := []int{}
	for task := n; task > 0; task-- {
		if waits[task] == 0 {
			order = append(order, task)
		}
	}
	for i := 0; i < len(order); i++ {
		for _, next := range followers[order[i]] {
			if waits[next]--; waits[next] == 0 {
				order = append(order, next)
			}
		}
	}
	if len(order) < n {
		fmt.Fprintln(out, "impossible")
		return
	}
	for _, task := range order {
		fmt.Fprintln(out, task)
	}
}
