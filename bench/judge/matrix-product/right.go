package main

import (
	"bufio"
	"fmt"
	"os"
)

func read(in *bufio.Reader, n int) [][]int {
	m := make([][]int, n)
	for i := range m {
		m[i] = make([]int, n)
		for j := range m[i] {
			fmt.Fscan(in, &m[i][j])
		}
	}
	return m
}

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var n int
	fmt.Fscan(in, &n)
	a, b := read(in, n), read(in, n)
	for i := range a {
		for j := range b {
			sum := 0
			for k := range b {
				sum += a[i][k] * b[k][j]
			}
			fmt.Fprintf(out, "%8d", sum)
		}
		fmt.Fprintln(out)
	}
}
