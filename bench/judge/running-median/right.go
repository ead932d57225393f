package main

import (
	"bufio"
	"container/heap"
	"fmt"
	"os"
	"sort"
)

type ints struct{ sort.IntSlice }

func (h *ints) Push(x any) { h.IntSlice = append(h.IntSlice, x.(int)) }
func (h *ints) Pop() any {
	last := h.IntSlice[h.Len()-1]
	h.IntSlice = h.IntSlice[:h.Len()-1]
	return last
}

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	lower, upper := &ints{}, &ints{} // lower stores negated numbers, so its first is the greatest
	var n, x int
	for fmt.Fscan(in, &n); n > 0; n-- {
		fmt.Fscan(in, &x)
		heap.Push(upper, x)
		heap.Push(lower, -heap.Pop(upper).(int))
		if lower.Len() > upper.Len()+1 {
			heap.Push(upper, -heap.Pop(lower).(int))
		}
		fmt.Fprintln(out, -lower.IntSlice[0])
	}
}
