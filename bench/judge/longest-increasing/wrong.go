package main

import (
	"fmt"
	"sort"
)

func main() {
	var n, x int
	fmt.Scan(&n)
	ends := []int{}
	for i := 0; i < n; i++ {
		fmt.Scan(&x)
		j := sort.SearchInts(ends, x+1) // allows equal numbers
		if j == len(ends) {
			ends = append(ends, x)
		}
		ends[j] = x
	}
	fmt.Println(len(ends))
}
