package diag

import (
	"strings"
	"unicode/utf8"

	"github.com/vnlang/vn/lang/source"
)

// farAway is how many bytes before and behind the start of a span are looked at: a file may be one line of megabytes.
const farAway = 1000

// minWidth is the narrowest excerpt that is of use.
const minWidth = 20

// excerpt returns the first line of a span and the carets under it, both at most width columns. What is left out of a
// long line is an ellipsis.
func excerpt(at source.Span, width int) (text, carets string) {
	number, column := at.File.Position(at.Start)
	line, first := at.File.Line(number), column-1
	last := first + max(0, at.End-at.Start)
	from, to := runeStart(line, first-farAway), runeStart(line, first+farAway)
	cells := layout(line[from:to])
	begin, end, length := 0, 0, 0 // columns
	for _, c := range cells {
		length += c.width
		if from+c.at < first {
			begin += c.width
		}
		if from+c.at < last {
			end += c.width
		}
	}
	end = max(end, begin+1)
	left, right := window(length, begin, end, max(width, minWidth))
	var b strings.Builder
	if from > 0 || left > 0 {
		b.WriteString("…")
		begin, end = begin+1, end+1
	}
	column = 0
	for _, c := range cells {
		if column >= left && column+c.width <= right {
			b.WriteString(c.text)
		}
		column += c.width
	}
	if to < len(line) || right < length {
		b.WriteString("…")
	}
	if right < length {
		end = min(end, max(right, begin+1))
	}
	return b.String(), strings.Repeat(" ", begin-left) + strings.Repeat("^", end-begin)
}

// window chooses the columns of a line that are shown: those around the span, with room for an ellipsis at both ends.
func window(length, begin, end, width int) (left, right int) {
	if length <= width {
		return 0, length
	}
	width -= 2
	left = max(0, min(begin-max(0, width-(end-begin))/2, length-width))
	return left, left + width
}

// runeStart returns the beginning of the character in which a byte of a line stands.
func runeStart(line string, i int) int {
	i = max(0, min(i, len(line)))
	for i > 0 && i < len(line) && !utf8.RuneStart(line[i]) {
		i--
	}
	return i
}
