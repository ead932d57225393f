package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var n int
	var once, twice, x int64
	for fmt.Fscan(in, &n); n > 0; n-- {
		fmt.Fscan(in, &x)
		once = (once ^ x) &^ twice
		twice = (twice ^ x) &^ once
	}
	fmt.Println(once)
}
