package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

func main() {
	input, _ := io.ReadAll(os.Stdin)
	first, _ := csv.NewReader(strings.NewReader(string(input))).ReadAll()
	done := map[string]bool{}
	for _, row := range first {
		if done[row[0]] {
			continue
		}
		done[row[0]] = true
		total := 0
		again, _ := csv.NewReader(strings.NewReader(string(input))).ReadAll() // parses the whole input for every name
		for _, other := range again {
			if other[0] == row[0] {
				amount, _ := strconv.Atoi(other[1])
				total += amount
			}
		}
		fmt.Println(total, row[0])
	}
}
