package main

import "fmt"

func main() {
	var n, m, a, b int
	fmt.Scan(&n, &m)
	before := make([][]int, n+1) // all pairs of tasks
	for i := range before {
		before[i] = make([]int, n+1)
		for j := range before[i] {
			before[i][j] = -1
		}
	}
	for range m {
		fmt.Scan(&a, &b)
		before[b][a] = 1
	}
	order := []int{}
	for placed := make([]bool, n+1); len(order) < n; {
		task := 0
		for i := 1; i <= n && task == 0; i++ {
			isFree := !placed[i]
			for j := 1; j <= n; j++ {
				isFree = isFree && (before[i][j] < 0 || placed[j])
			}
			if isFree {
				task = i
			}
		}
		if task == 0 {
			fmt.Println("impossible")
			return
		}
		placed[task] = true
		order = append(order, task)
	}
	for _, task := range order {
		fmt.Print(task, " ")
	}
}
