package main

import (
	"fmt"
	"os"
	"strings"
)

func read(name string) []string {
	text, err := os.ReadFile(name)
	if err != nil {
		panic(err)
	}
	return strings.Fields(string(text))
}

func main() {
	input, output, expected := read("input"), read("output"), read("expected")
	var n, a, b int64
	fmt.Sscan(input[0], &n)
	if expected[0] == "prime" {
		exit(len(output) == 1 && output[0] == "prime", "it is a prime")
	}
	count, _ := fmt.Sscan(strings.Join(output, " "), &a, &b)
	exit(len(output) == 2 && count == 2 && a > 1 && b > 1 && a <= n && b <= n && a*b == n, "not the product")
}

func exit(isRight bool, message string) {
	if isRight {
		os.Exit(0)
	}
	fmt.Println(message)
	os.Exit(1)
}
