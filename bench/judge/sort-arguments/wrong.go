package main

import (
	"fmt"
	"os"
	"slices"
)

func main() {
	args := os.Args // includes the program's name
	slices.Sort(args)
	for _, arg := range args {
		fmt.Println(arg)
	}
	fmt.Println(len(args))
}
