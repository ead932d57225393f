package main

import (
	"fmt"
	"sort"
)

func main() {
	var n int
	fmt.Scan(&n)
	fmt.Println("!", 1+sort.Search(n-1, func(i int) bool {
		var answer string
		fmt.Println("?", i+1)
		fmt.Scan(&answer)
		return answer == "bad"
	}))
}
