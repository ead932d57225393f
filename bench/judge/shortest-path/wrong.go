package main

import "fmt"

func main() {
	var n, m, from, to, length int
	fmt.Scan(&n, &m)
	edges := make([][][2]int, n+1)
	for i := 0; i < m; i++ {
		fmt.Scan(&from, &to, &length)
		edges[from] = append(edges[from], [2]int{to, length})
	}
	distance := make([]int, n+1)
	seen := make([]bool, n+1)
	seen[1] = true
	for queue := []int{1}; len(queue) > 0; queue = queue[1:] {
		for _, edge := range edges[queue[0]] {
			if !seen[edge[0]] { // finds the path with the fewest edges, not the shortest
				seen[edge[0]] = true
				distance[edge[0]] = distance[queue[0]] + edge[1]
				queue = append(queue, edge[0])
			}
		}
	}
	if !seen[n] {
		distance[n] = -1
	}
	fmt.Println(distance[n])
}
