package syntax

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/participle/v2/lexer"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// MaxSize is the largest text that is read, in bytes.
const MaxSize = 256 << 10

// maxErrors bounds what is said of one text.
const maxErrors = 200

// scanned is a text as tokens.
type scanned struct {
	file     *source.File
	tokens   []token // without spaces and comments, and without an end
	comments []token
	errors   diag.List
}

// scan reads the tokens of a text. Foreign signs whose meaning is plain are reported and replaced; what cannot be
// replaced stays among the tokens as Foreign, Unclosed or Other, with its error said.
func scan(f *source.File) *scanned {
	s := &scanned{file: f}
	if d := unreadable(f); d != nil {
		s.errors = diag.List{d}
		return s
	}
	line, begin := 1, 0 // the line at hand and the offset of its beginning
	at := 0
	if strings.HasPrefix(f.Text, "\uFEFF") { // the mark that some editors put before UTF-8
		at = len("\uFEFF")
		begin = at
	}
	for at < len(f.Text) && len(s.errors) < maxErrors {
		kind, length := lex(f.Text[at:])
		t := token{Type: kind, Value: f.Text[at : at+length],
			Pos: lexer.Position{Filename: f.Name, Offset: at, Line: line, Column: at - begin + 1}}
		s.add(t)
		if n := strings.Count(t.Value, "\n"); n > 0 {
			line += n
			begin = at + strings.LastIndexByte(t.Value, '\n') + 1
		}
		at += length
	}
	return s
}

// add puts a token where it belongs.
func (s *scanned) add(t token) {
	switch t.Type {
	case spaceToken:
	case commentToken:
		t.Value = strings.TrimRight(t.Value, " \t\r")
		s.comments = append(s.comments, t)
	case foreignToken:
		s.foreign(t)
	case unclosedToken, otherToken:
		s.wrong(t)
	default:
		s.tokens = append(s.tokens, t)
	}
}

// unreadable says why a text cannot be scanned at all.
func unreadable(f *source.File) *diag.Diagnostic {
	if len(f.Text) > MaxSize {
		return &diag.Diagnostic{Code: "syntax/size", Summary: fmt.Sprintf("the file is larger than %d KiB", MaxSize>>10),
			At: source.Span{File: f}, Help: "is it a .vn file? Split it and import the parts"}
	}
	for i, r := range f.Text {
		if r == 0 {
			return &diag.Diagnostic{Code: "syntax/encoding", Summary: "the text holds a NUL byte",
				At: source.Span{File: f, Start: i, End: i + 1}, Help: "a .vn file is text in UTF-8"}
		}
		if r == utf8.RuneError && !strings.HasPrefix(f.Text[i:], "\uFFFD") {
			return &diag.Diagnostic{Code: "syntax/encoding", Summary: fmt.Sprintf("byte 0x%02x is not UTF-8", f.Text[i]),
				At: source.Span{File: f, Start: i, End: i + 1}, Help: "save the file as UTF-8"}
		}
	}
	return nil
}

// spanOf returns the place of one token.
func spanOf(f *source.File, t token) source.Span {
	length := len(t.Value)
	if !strings.HasPrefix(f.Text[t.Pos.Offset:], t.Value) { // it took the place of a foreign sign
		length = foreignLength(f.Text[t.Pos.Offset:])
	}
	return source.Span{File: f, Start: t.Pos.Offset, End: t.Pos.Offset + length}
}

// broken reports whether tokens hold one of which an error was said already.
func broken(tokens []token) bool {
	return slices.ContainsFunc(tokens, func(t token) bool {
		return t.Type == foreignToken || t.Type == unclosedToken || t.Type == otherToken
	})
}
