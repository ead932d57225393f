package main

import (
	"fmt"
	"strconv"
	"time"
)

func main() {
	var text, count string
	for {
		if _, err := fmt.Scan(&text, &count); err != nil {
			return
		}
		days, err := strconv.ParseUint(count, 10, 32) // fails for negative numbers
		if err != nil {
			panic(err)
		}
		date, _ := time.Parse(time.DateOnly, text)
		fmt.Println(date.AddDate(0, 0, int(days)).Format(time.DateOnly))
	}
}
