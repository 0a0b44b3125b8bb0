// Command judge answers with what the package makes of a text: a call is a function's name and its
// arguments, lines and cells joined by line feeds and tabs.
package main

import (
	"errors"
	"strconv"
	"strings"

	solution "example/fold"
)

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	each(func(call []string) []string {
		switch call[0] {
		case "Fold":
			layout := solution.Layout{Columns: number(call[2]), First: call[3], Rest: call[4]}
			lines, err := solution.Fold(call[1], layout)
			if err != nil {
				return []string{"refused", strconv.FormatBool(errors.Is(err, solution.ErrNarrow))}
			}
			return []string{strings.Join(lines, "\n"), strconv.Itoa(len(lines))}
		case "Justify":
			return []string{solution.Justify(call[1], number(call[2])), ""}
		case "Shorten":
			return []string{solution.Shorten(call[1], number(call[2])), ""}
		}
		var rows [][]string
		for _, line := range strings.Split(call[1], "\n") {
			rows = append(rows, strings.Split(line, "\t"))
		}
		lines := solution.Table(rows, number(call[2]))
		return []string{strings.Join(lines, "\n"), strconv.Itoa(len(lines))}
	})
}
