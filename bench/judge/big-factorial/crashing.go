package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	var table [21]uint64 // only those that fit in 64 bits
	table[0] = 1
	for i := 1; i <= n; i++ {
		table[i] = table[i-1] * uint64(i)
	}
	fmt.Println(table[n])
}
