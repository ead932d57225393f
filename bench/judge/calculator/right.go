package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

var text string

func next() byte {
	text = strings.TrimSpace(text)
	if text == "" {
		return 0
	}
	return text[0]
}

func factor() int {
	switch c := next(); c {
	case '-':
		text = text[1:]
		return -factor()
	case '(':
		text = text[1:]
		value := sum()
		next()
		text = text[1:]
		return value
	default:
		rest := strings.TrimLeft(text, "0123456789")
		value, _ := strconv.Atoi(text[:len(text)-len(rest)])
		text = rest
		return value
	}
}

func product() int {
	value := factor()
	for c := next(); c == '*' || c == '/'; c = next() {
		text = text[1:]
		if c == '*' {
			value *= factor()
		} else {
			value /= factor()
		}
	}
	return value
}

func sum() int {
	value := product()
	for c := next(); c == '+' || c == '-'; c = next() {
		text = text[1:]
		if c == '+' {
			value += product()
		} else {
			value -= product()
		}
	}
	return value
}

func main() {
	input, _ := io.ReadAll(os.Stdin)
	text = string(input)
	fmt.Println(sum())
}
