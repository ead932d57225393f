package main

import "fmt"

func steps(n int) (count int) {
	for ; n != 1; count++ {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
	}
	return count
}

func main() {
	const limit = 50_000_000
	table := make([]uint16, 1_000_000)
	for n := 1; n < limit; n++ { // computes all numbers first
		count := steps(n)
		if n < len(table) {
			table[n] = uint16(count)
		}
	}
	var n int
	for {
		if _, err := fmt.Scan(&n); err != nil {
			return
		}
		fmt.Println(table[n])
	}
}
