package main

import "fmt"

func main() {
	var n, small int
	fmt.Scan(&n)
	for i := 2; i*i <= n; i++ {
		if n%i == 0 {
			small = i // the largest factor up to the square root
		}
	}
	if small == 0 {
		fmt.Println("prime")
	} else {
		fmt.Println(n/small, small)
	}
}
