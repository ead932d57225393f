package main

import "fmt"

const m = 1_000_000_007

func pair(n int) (int, int) {
	if n == 0 {
		return 0, 1
	}
	a, b := pair(n / 2)
	c, d := a*((2*b-a+m)%m)%m, (a*a+b*b)%m
	if n%2 == 0 {
		return c, d
	}
	return d, (c + d) % m
}

func main() {
	var n int
	fmt.Scan(&n)
	f, _ := pair(n)
	fmt.Println(f)
}
