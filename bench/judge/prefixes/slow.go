package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	var n, q int
	fmt.Sscan(in.Text(), &n, &q)
	words := make([]string, n)
	for i := range words {
		in.Scan()
		words[i] = in.Text()
	}
	for range q {
		in.Scan()
		count := 0
		for _, word := range words { // checks all words for every prefix
			if strings.HasPrefix(word, in.Text()) {
				count++
			}
		}
		fmt.Println(count)
	}
}
