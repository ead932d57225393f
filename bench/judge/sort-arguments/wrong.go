package main

import (
	"fmt"
	"os"
	"slices"
)

func main() {
	args := os.Args // its own name is the first
	slices.Sort(args)
	for _, arg := range args {
		fmt.Println(arg)
	}
	fmt.Println(len(args))
}
