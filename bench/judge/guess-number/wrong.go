package main

import "fmt"

func main() {
	for guess, step := 500000, 250000; ; step = max(1, step/4) { // the step shrinks too fast
		fmt.Println(guess)
		var answer string
		if _, err := fmt.Scan(&answer); err != nil || answer == "=" {
			return
		}
		if answer == "<" {
			guess -= step
		} else {
			guess += step
		}
	}
}
