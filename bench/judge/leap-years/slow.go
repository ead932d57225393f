package main

import "fmt"

func main() {
	var year int
	fmt.Scan(&year)
	y, leap := 1, false
	for second := 0; y <= year; y++ {
		leap = y%4 == 0 && y%100 != 0 || y%400 == 0
		length := 365
		if leap {
			length++
		}
		for end := second + length*86400; second < end; second++ { // counts every second
		}
	}
	fmt.Println(map[bool]string{true: "leap", false: "common"}[leap])
}
