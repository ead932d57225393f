package main

import "fmt"

func ask(word []byte) (right int) {
	fmt.Println(string(word))
	fmt.Scan(&right)
	return right
}

func main() {
	word := []byte("aaaaa")
	best := ask(word)
	for i := range word {
		for letter := byte('b'); letter <= 'e' && best < 5; letter++ {
			old := word[i]
			word[i] = letter
			right := ask(word)
			if right < best {
				word[i] = old
				break
			}
			best = right
		}
	}
}
