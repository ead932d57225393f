package main

import "fmt"

func main() {
	var n, capacity, weight, value int
	fmt.Scan(&n, &capacity)
	best := make([]int, capacity+1)
	for range n {
		fmt.Scan(&weight, &value)
		for w := capacity; w >= weight; w-- {
			best[w] = max(best[w], best[w-weight]+value)
		}
	}
	fmt.Println(best[capacity])
}
