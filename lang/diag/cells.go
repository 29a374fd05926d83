package diag

import (
	"strings"
	"unicode"
)

// cell is one character of a line as a terminal shows it.
type cell struct {
	text  string
	width int // columns that it takes
	at    int // byte of the line at which it begins
}

// tabWidth is how far apart the stops are to which a tab goes.
const tabWidth = 4

// layout returns the cells of a line. Tabs become spaces and characters that would move the cursor a dot, so that a
// source text cannot draw on the terminal that quotes it.
func layout(line string) []cell {
	var cells []cell
	column := 0
	for i, r := range line {
		c := cell{string(r), runeWidth(r), i}
		switch {
		case r == '\t':
			c.width = tabWidth - column%tabWidth
			c.text = strings.Repeat(" ", c.width)
		case control(r):
			c.text, c.width = "·", 1
		}
		cells = append(cells, c)
		column += c.width
	}
	return cells
}

// control reports whether a character acts on a terminal instead of being shown: control characters and the marks
// that turn the direction of text.
func control(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// printable replaces what would act on a terminal; line ends stay.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && control(r) {
			return '·'
		}
		return r
	}, text)
}

// wide holds the characters that take two columns: those of East Asian width W and F (Unicode Standard Annex 11), by
// block, and the pictographs.
var wide = &unicode.RangeTable{
	R16: []unicode.Range16{
		{Lo: 0x1100, Hi: 0x115f, Stride: 1}, {Lo: 0x2e80, Hi: 0x303e, Stride: 1}, {Lo: 0x3041, Hi: 0x33ff, Stride: 1},
		{Lo: 0x3400, Hi: 0x4dbf, Stride: 1}, {Lo: 0x4e00, Hi: 0x9fff, Stride: 1}, {Lo: 0xa000, Hi: 0xa4cf, Stride: 1},
		{Lo: 0xac00, Hi: 0xd7a3, Stride: 1}, {Lo: 0xf900, Hi: 0xfaff, Stride: 1}, {Lo: 0xfe30, Hi: 0xfe6f, Stride: 1},
		{Lo: 0xff00, Hi: 0xff60, Stride: 1}, {Lo: 0xffe0, Hi: 0xffe6, Stride: 1},
	},
	R32: []unicode.Range32{
		{Lo: 0x1f300, Hi: 0x1f64f, Stride: 1}, {Lo: 0x1f900, Hi: 0x1f9ff, Stride: 1}, {Lo: 0x20000, Hi: 0x3fffd, Stride: 1},
	},
}

func runeWidth(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.Is(wide, r):
		return 2
	}
	return 1
}
