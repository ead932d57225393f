package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	text, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	text = strings.TrimSpace(text)
	depth := 0
	for ; text != ""; depth++ {
		text = strings.ReplaceAll(text, "[]", "") // removes one layer at a time
	}
	fmt.Println(depth)
}
