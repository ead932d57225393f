package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var n, target, x, pairs int
	fmt.Fscan(in, &n, &target)
	seen := map[int]int{}
	for range n {
		fmt.Fscan(in, &x)
		pairs += seen[target-x]
		seen[x]++
	}
	fmt.Println(pairs)
}
