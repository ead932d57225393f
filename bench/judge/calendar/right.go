package main

import (
	"fmt"
	"time"
)

func main() {
	var text string
	var days int
	for {
		if _, err := fmt.Scan(&text, &days); err != nil {
			return
		}
		date, _ := time.Parse(time.DateOnly, text)
		fmt.Println(date.AddDate(0, 0, days).Format(time.DateOnly))
	}
}
