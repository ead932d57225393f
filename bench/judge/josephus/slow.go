package main

import (
	"container/ring"
	"fmt"
)

func main() {
	var n, k int
	fmt.Scan(&n, &k)
	circle := ring.New(n)
	for i := 1; i <= n; i++ {
		circle.Value = i
		circle = circle.Next()
	}
	for circle = circle.Prev(); n > 1; n-- {
		for i := 1; i < k; i++ { // counts one person at a time
			circle = circle.Next()
		}
		circle.Unlink(1)
	}
	fmt.Println(circle.Value)
}
