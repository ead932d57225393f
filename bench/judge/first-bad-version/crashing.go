package main

import "fmt"

var isBad [1 << 20]bool // fails if there are more versions

func main() {
	var high int
	fmt.Scan(&high)
	for low := 1; low < high; {
		middle := (low + high) / 2
		var answer string
		fmt.Println("?", middle)
		fmt.Scan(&answer)
		isBad[middle] = answer == "bad"
		if isBad[middle] {
			high = middle
		} else {
			low = middle + 1
		}
	}
	fmt.Println("!", high)
}
