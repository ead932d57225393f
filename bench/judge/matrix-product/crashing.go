package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewReader(os.Stdin)
	var n int
	fmt.Fscan(in, &n)
	m := make([][]int, 2*n)
	for i := range m {
		m[i] = make([]int, n)
		for j := range m[i] {
			fmt.Fscan(in, &m[i][j])
		}
	}
	columns := len(m[0]) // fails if n is 0
	for i := 0; i < n; i++ {
		for j := 0; j < columns; j++ {
			sum := 0
			for k := 0; k < n; k++ {
				sum += m[i][k] * m[n+k][j]
			}
			fmt.Print(sum, " ")
		}
	}
}
