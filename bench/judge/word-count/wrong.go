package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	text, _ := io.ReadAll(os.Stdin)
	counts := map[string]int{}
	best := "none"
	for _, word := range strings.Fields(strings.ToLower(string(text))) {
		counts[word]++
		if counts[word] > counts[best] { // a tie goes to the first one counted
			best = word
		}
	}
	if best == "none" {
		fmt.Println(best)
	} else {
		fmt.Println(best, counts[best])
	}
}
