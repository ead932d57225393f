package main

import (
	"bufio"
	"fmt"
	"os"
	"slices"
)

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	var height, width int
	fmt.Fscan(in, &height, &width)
	numbers := make([]int, height*width)
	for i := range numbers {
		fmt.Fscan(in, &numbers[i])
	}
	x, y, dx, dy := 0, 0, 1, 0
	taken := [][2]int{} // searches this list at every step
	for len(taken) < len(numbers) {
		fmt.Fprint(out, numbers[y*width+x], " ")
		taken = append(taken, [2]int{x, y})
		u, v := x+dx, y+dy
		if u < 0 || u >= width || v < 0 || v >= height || slices.Contains(taken, [2]int{u, v}) {
			dx, dy = -dy, dx
		}
		x, y = x+dx, y+dy
	}
	fmt.Fprintln(out)
}
