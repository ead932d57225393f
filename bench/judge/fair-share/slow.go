package main

import "fmt"

func main() {
	var n, total int
	fmt.Scan(&n)
	numbers := make([]int, n)
	for i := range numbers {
		fmt.Scan(&numbers[i])
		total += numbers[i]
	}
	for set := 0; set < 1<<n; set++ { // all subsets
		sum := 0
		for i, number := range numbers {
			sum += number * (set >> i & 1)
		}
		if 2*sum == total {
			for i := range numbers {
				if set>>i&1 == 1 {
					fmt.Print(i+1, " ")
				}
			}
			return
		}
	}
	fmt.Println("impossible")
}
