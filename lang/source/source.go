// Package source holds source text and the places in it. Everything that the compiler says of a program, from a parse
// error to a line of a printed plan, points here.
package source

import (
	"fmt"
	"sort"
	"strings"
)

// File is one source text. It is immutable.
type File struct {
	Name  string // as messages show it: the path given by the user, or "stdlib/conv.vn"
	Text  string
	lines []int // byte offset at which each line begins
}

// NewFile returns a File for a text.
func NewFile(name, text string) *File {
	f := &File{Name: name, Text: text, lines: []int{0}}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	return f
}

// Position returns the line and the column, both from 1, of a byte offset; columns count bytes. Offsets past the end
// stand at the end.
func (f *File) Position(offset int) (line, column int) {
	offset = max(0, min(offset, len(f.Text)))
	i := sort.SearchInts(f.lines, offset+1) - 1
	return i + 1, offset - f.lines[i] + 1
}

// Line returns the text of a line, counted from 1, without its end. A line that is not there is empty.
func (f *File) Line(n int) string {
	if n < 1 || n > len(f.lines) {
		return ""
	}
	text := f.Text[f.lines[n-1]:]
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	return strings.TrimSuffix(text, "\r")
}

// Span is a stretch of a file: the bytes from Start up to, not including, End. The zero Span points nowhere.
type Span struct {
	File       *File
	Start, End int
}

// Known reports whether the span points anywhere.
func (s Span) Known() bool { return s.File != nil }

// Text returns the bytes that the span covers.
func (s Span) Text() string {
	if s.File == nil {
		return ""
	}
	return s.File.Text[max(0, min(s.Start, len(s.File.Text))):max(0, min(s.End, len(s.File.Text)))]
}

// To returns the span from the start of s to the end of t.
func (s Span) To(t Span) Span { return Span{s.File, s.Start, t.End} }

// Position returns the place where the span starts.
func (s Span) Position() Position {
	if s.File == nil {
		return Position{}
	}
	line, column := s.File.Position(s.Start)
	return Position{s.File.Name, line, column}
}

// String returns the start of the span as "file:line:column".
func (s Span) String() string { return s.Position().String() }

// Position is a place in a source text, as it is printed and stored: no text is needed to make sense of it.
type Position struct {
	File         string
	Line, Column int // both from 1
}

// String returns "file:line:column", or "-" for the zero Position.
func (p Position) String() string {
	if p == (Position{}) {
		return "-"
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}
