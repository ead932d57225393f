package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	f := make([]int, n+2)
	f[1] = 1
	for i := 2; i <= n; i++ {
		f[i] = (f[i-1] + f[i-2]) % 1_000_000_007
	}
	fmt.Println(f[n])
}
