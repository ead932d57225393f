package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Evaluates an expression without brackets. Signs may follow an operator.
func flat(text string) int {
	total, value, operator, sign, isDue := 0, 0, byte('+'), 1, true
	for i := 0; i < len(text); i++ {
		if strings.IndexByte("+-*/", text[i]) >= 0 {
			if isDue {
				sign = -sign
			} else {
				operator, isDue = text[i], true
			}
			continue
		}
		digits := len(text[i:]) - len(strings.TrimLeft(text[i:], "0123456789"))
		number, _ := strconv.Atoi(text[i : i+digits])
		number *= sign
		switch operator {
		case '*':
			value *= number
		case '/':
			value /= number
		case '-':
			total, value = total+value, -number
		default:
			total, value = total+value, number
		}
		i, sign, isDue = i+digits-1, 1, false
	}
	return total + value
}

func main() {
	line, _ := bufio.NewReader(os.Stdin).ReadString('\n')
	text := strings.Join(strings.Fields(line), "")
	steps := []string{text} // keeps every intermediate step
	for {
		open := strings.LastIndexByte(text, '(')
		if open < 0 {
			break
		}
		end := open + strings.IndexByte(text[open:], ')')
		text = text[:open] + strconv.Itoa(flat(text[open+1:end])) + text[end+1:]
		steps = append(steps, text)
	}
	fmt.Println(flat(steps[len(steps)-1]))
}
