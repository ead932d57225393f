package main

import (
	"bytes"
	"io"
	"os"
	"slices"
)

func main() {
	text, _ := io.ReadAll(os.Stdin)
	for i, line := range bytes.Split(text, []byte("\n")) {
		slices.Reverse(line) // reverses bytes, not code points
		if i > 0 {
			os.Stdout.WriteString("\n")
		}
		os.Stdout.Write(line)
	}
}
