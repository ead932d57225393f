package main

import (
	"fmt"
	"strings"
)

func main() {
	var n int
	fmt.Scan(&n)
	base := strings.Repeat("*", 2*n-1) // a negative count if n is 0
	for i := 1; i <= n; i++ {
		fmt.Println(strings.Repeat(" ", n-i) + base[:2*i-1])
	}
	fmt.Print("n=", n)
}
