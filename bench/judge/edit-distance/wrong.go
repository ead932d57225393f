package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Scan()
	a := in.Text()
	in.Scan()
	b := in.Text()
	// Only insertions and deletions: a replacement costs two.
	row := make([]int, len(b)+1)
	for _, c := range []byte(a) {
		diagonal := 0
		for j := range b {
			above := row[j+1]
			if c == b[j] {
				row[j+1] = diagonal + 1
			} else {
				row[j+1] = max(above, row[j])
			}
			diagonal = above
		}
	}
	fmt.Println(len(a) + len(b) - 2*row[len(b)])
}
