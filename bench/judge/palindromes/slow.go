package main

import (
	"bufio"
	"fmt"
	"os"
)

func isPalindrome(text string) bool {
	for i := range text {
		if text[i] != text[len(text)-1-i] {
			return false
		}
	}
	return true
}

func main() {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		text, longest := in.Text(), 0
		for i := range text {
			for j := i + 1; j <= len(text); j++ { // all substrings
				if isPalindrome(text[i:j]) && j-i > longest {
					longest = j - i
				}
			}
		}
		fmt.Println(longest)
	}
}
