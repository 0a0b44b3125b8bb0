// Package fold lays plain text out within a number of columns, counted in runes.
package fold

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// ErrNarrow says that there is no room for a single rune.
var ErrNarrow = errors.New("fold: no room for text")

// Layout says how wide a paragraph is, and what stands at the head of its first and further lines.
type Layout struct {
	Columns int
	First   string
	Rest    string
}

func size(text string) int {
	return utf8.RuneCountInString(text)
}

// Fold breaks text into lines of at most layout.Columns runes, each of them as full as it can be.
// Blank lines part paragraphs, and one empty line stands between two of them in the result. A word
// that no line has room for is broken where the line ends.
func Fold(text string, layout Layout) ([]string, error) {
	if layout.Columns <= size(layout.First) || layout.Columns <= size(layout.Rest) {
		return nil, ErrNarrow
	}
	var lines []string
	for _, words := range paragraphs(text) {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		lines = append(lines, fill(words, layout)...)
	}
	return lines, nil
}

func paragraphs(text string) [][]string {
	var found [][]string
	var words []string
	for _, line := range strings.Split(text, "\n") {
		fields := strings.Fields(line)
		if len(fields) == 0 && len(words) > 0 {
			found = append(found, words)
			words = nil
		}
		words = append(words, fields...)
	}
	if len(words) > 0 {
		found = append(found, words)
	}
	return found
}

func fill(words []string, layout Layout) []string {
	var lines []string
	line, used, empty := layout.First, size(layout.First), true
	for _, word := range words {
		for {
			room := layout.Columns - used
			if !empty {
				room--
			}
			if size(word) <= room {
				break
			}
			if empty {
				head := []rune(word)[:room]
				lines = append(lines, line+string(head))
				word = string([]rune(word)[room:])
			} else {
				lines = append(lines, line)
			}
			line, used, empty = layout.Rest, size(layout.Rest), true
		}
		if !empty {
			line += " "
			used++
		}
		line += word
		used += size(word)
		empty = false
	}
	return append(lines, line)
}

// Justify stretches the gaps between the words of a line until it is so many columns wide; what
// cannot be shared out evenly goes to the gaps on the left. A line that is too long stays so.
func Justify(line string, columns int) string {
	words := strings.Fields(line)
	gaps, total := len(words)-1, 0
	for _, word := range words {
		total += size(word)
	}
	if gaps < 1 || total+gaps >= columns {
		return strings.Join(words, " ")
	}
	spaces := columns - total
	var out strings.Builder
	for at, word := range words {
		out.WriteString(word)
		if at < gaps {
			share := spaces / gaps
			if at < spaces%gaps {
				share++
			}
			out.WriteString(strings.Repeat(" ", share))
		}
	}
	return out.String()
}

// Shorten cuts a text to so many columns, the last of which is an ellipsis; no space stands before
// that. A text that fits is left alone.
func Shorten(text string, columns int) string {
	if size(text) <= columns {
		return text
	}
	if columns < 1 {
		return ""
	}
	return strings.TrimRight(string([]rune(text)[:columns-1]), " ") + "…"
}

// Table lines the cells of all rows up in columns that are gap spaces apart, without spaces at the
// end of a line. Rows may be of different lengths.
func Table(rows [][]string, gap int) []string {
	var widths []int
	for _, row := range rows {
		for at, cell := range row {
			if at == len(widths) {
				widths = append(widths, 0)
			}
			if size(cell) > widths[at] {
				widths[at] = size(cell)
			}
		}
	}
	var lines []string
	for _, row := range rows {
		var line strings.Builder
		for at, cell := range row {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[at]-size(cell)+gap))
		}
		lines = append(lines, strings.TrimRight(line.String(), " "))
	}
	return lines
}
