package main

import (
	"fmt"
	"slices"
)

func next(word []byte) bool {
	i := len(word) - 1
	for i > 0 && word[i-1] >= word[i] {
		i--
	}
	if i == 0 {
		return false
	}
	j := len(word) - 1
	for word[j] <= word[i-1] {
		j--
	}
	word[i-1], word[j] = word[j], word[i-1]
	slices.Reverse(word[i:])
	return true
}

func main() {
	var n, k int
	fmt.Scan(&n, &k)
	word := []byte("abcdefghijklmnopqrst")[:n]
	for ; k > 1; k-- { // visits the permutations one by one
		if !next(word) {
			fmt.Println("none")
			return
		}
	}
	fmt.Println(string(word))
}
