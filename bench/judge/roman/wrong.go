package main

import (
	"fmt"
	"strings"
)

func main() {
	letters := "MDCLXVI"
	values := []int{1000, 500, 100, 50, 10, 5, 1}
	var n int
	for {
		if _, err := fmt.Scan(&n); err != nil {
			return
		}
		text := ""
		for i, value := range values { // prints IIII for 4
			text += strings.Repeat(letters[i:i+1], n/value)
			n %= value
		}
		fmt.Println(text)
	}
}
