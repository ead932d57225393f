package main

import "fmt"

const never = 1 << 40

func main() {
	var amount int
	fmt.Scan(&amount)
	coins, coin := []int{0}, 0
	for {
		if _, err := fmt.Scan(&coin); err != nil {
			break
		}
		coins = append(coins, coin)
	}
	least := make([][]int, len(coins)) // one row per coin
	for i := range least {
		least[i] = make([]int, amount+1)
		for j := range least[i] {
			switch {
			case i == 0 && j > 0:
				least[i][j] = never
			case i > 0 && j < coins[i]:
				least[i][j] = least[i-1][j]
			case i > 0:
				least[i][j] = min(least[i-1][j], least[i][j-coins[i]]+1)
			}
		}
	}
	if answer := least[len(coins)-1][amount]; answer < never {
		fmt.Println(answer)
	} else {
		fmt.Println(-1)
	}
}
