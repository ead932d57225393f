package main

import "fmt"

func main() {
	candidates := make([][5]int64, 26*26*26*26*26) // uses all 26 letters, not five
	for n := range candidates {
		for i, rest := 0, n; i < 5; i, rest = i+1, rest/26 {
			candidates[n][i] = int64(rest % 26)
		}
	}
	for right := 0; right < 5; {
		word := candidates[len(candidates)/2]
		for _, letter := range word {
			fmt.Print(string("abcdefghijklmnopqrstuvwxyz"[letter]))
		}
		fmt.Println()
		fmt.Scan(&right)
		left := candidates[:0]
		for _, other := range candidates {
			alike := 0
			for i := range word {
				if word[i] == other[i] {
					alike++
				}
			}
			if alike == right {
				left = append(left, other)
			}
		}
		candidates = left
	}
}
