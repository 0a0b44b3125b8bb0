// Command judge answers with what Clamp returns: a call is the number and its bounds.
package main

import (
	"strconv"

	solution "own/clamp"
)

func main() {
	each(func(call []string) []string {
		numbers := make([]int, len(call))
		for at, text := range call {
			numbers[at], _ = strconv.Atoi(text)
		}
		return []string{strconv.Itoa(solution.Clamp(numbers[0], numbers[1], numbers[2]))}
	})
}
