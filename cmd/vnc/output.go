package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// checkedWriter keeps the first error of a writer, so that a full disk behind the standard output is noticed.
type checkedWriter struct {
	to  io.Writer
	err error
}

// Write writes unless an earlier write failed.
func (w *checkedWriter) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.to.Write(p)
	w.err = err
	return n, err
}

// terminal reports whether a file is a terminal.
func terminal(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	return term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb"
}

// coloured reports whether messages have colours; see https://no-color.org.
func coloured(choice string, w io.Writer) bool {
	return choice == "always" || choice == "auto" && os.Getenv("NO_COLOR") == "" && terminal(w)
}

// writeJSON writes a value as indented JSON.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// table is text in columns.
type table struct {
	right []bool // which columns are aligned to the right
	rows  [][]string
}

func (t *table) row(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the table with two spaces between columns.
func (t *table) print(w io.Writer) error {
	var width []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			gap := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i < len(t.right) && t.right[i] {
				line.WriteString(gap + cell + "  ")
			} else {
				line.WriteString(cell + gap + "  ")
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// thousands writes a number with a comma between every three digits.
func thousands(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// scaled writes a number with four digits and a prefix of the SI: 147.8 M.
func scaled(n int64) string {
	value, prefix := float64(n), ""
	for _, next := range []string{"k", "M", "G", "T", "P"} {
		if value < 1000 {
			break
		}
		value, prefix = value/1000, next
	}
	if prefix == "" {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%.4g %s", value, prefix)
}

// sizesText writes sizes as 16 × 128 × 128 × 64.
func sizesText(sizes []int) string {
	if len(sizes) == 0 {
		return "one number"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(sizes), " ", " × "), "[]")
}
