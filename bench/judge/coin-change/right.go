package main

import "fmt"

func main() {
	var amount, coin int
	fmt.Scan(&amount)
	least := make([]int32, amount+1)
	for i := range least[1:] {
		least[i+1] = 1 << 30
	}
	for {
		if _, err := fmt.Scan(&coin); err != nil {
			break
		}
		for i := coin; i <= amount; i++ {
			least[i] = min(least[i], least[i-coin]+1)
		}
	}
	if least[amount] >= 1<<30 {
		least[amount] = -1
	}
	fmt.Println(least[amount])
}
