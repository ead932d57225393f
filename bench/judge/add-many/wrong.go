package main

import "fmt"

func main() {
	var n int
	var sum, x int32 // overflows
	fmt.Scan(&n)
	for i := 0; i < n; i++ {
		var wide int64
		fmt.Scan(&wide)
		x = int32(wide)
		sum += x
	}
	fmt.Println(sum)
}
