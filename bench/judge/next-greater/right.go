package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var n int
	fmt.Fscan(in, &n)
	numbers, answers, open := make([]int, n), make([]int, n), []int{}
	for i := range numbers {
		fmt.Fscan(in, &numbers[i])
		answers[i] = -1
		for len(open) > 0 && numbers[open[len(open)-1]] < numbers[i] {
			answers[open[len(open)-1]] = numbers[i]
			open = open[:len(open)-1]
		}
		open = append(open, i)
	}
	for _, answer := range answers {
		fmt.Fprint(out, answer, " ")
	}
	fmt.Fprintln(out)
}
