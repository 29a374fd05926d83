package syntax

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// habit is a sign of another language, with what it is in this one.
type habit struct {
	sign    string
	summary string
	help    string
	as      string // the token that takes its place; "" where it is left out
}

var habits = []habit{
	{"&&", "`&&` is written `and`", "write `and`", "and"},
	{"||", "`||` is written `or`", "write `or`", "or"},
	{"!", "`!` is written `not`", "write `not`", "not"},
	{"**", "a power is written `^`", "write `^`", "^"},
	{";", "a statement needs no `;`", "leave it out: a statement ends where the next begins", ""},
	{"/*", "a comment begins with `//`, and ends with its line", "write `//` on each line", ""},
	{"#", "a comment begins with `//`", "write `//` for `#`", ""},
}

// foreignLength returns the length of the foreign sign at the beginning of a text.
func foreignLength(text string) int {
	for _, h := range habits {
		if strings.HasPrefix(text, h.sign) {
			return len(h.sign)
		}
	}
	return 0
}

// foreign reports a sign of another language and puts what it means in its place.
func (s *scanned) foreign(t token) {
	for _, h := range habits {
		if !strings.HasPrefix(t.Value, h.sign) {
			continue
		}
		s.report(&diag.Diagnostic{Code: "syntax/foreign", Summary: h.summary, At: s.sign(t, len(h.sign)), Help: h.help})
		if n := len(s.tokens); h.as == "not" && n > 0 && endsValue(s.tokens[n-1]) { // x ! y means nothing
			s.tokens = append(s.tokens, t)
		} else if h.as != "" {
			t.Type, t.Value = keywordToken, h.as
			s.tokens = append(s.tokens, t)
		}
		return
	}
	d := &diag.Diagnostic{Code: "syntax/foreign", At: spanOf(s.file, t)}
	switch {
	case t.Value[0] == '\'':
		inner := strings.ReplaceAll(t.Value[1:len(t.Value)-1], `"`, `\"`)
		d.Summary, d.Help = "a string stands in double quotes", fmt.Sprintf("write \"%s\"", inner)
	case t.Value == "->", t.Value == "=>":
		d.Summary = fmt.Sprintf("`%s` is no sign of this language", t.Value)
		d.Help = "a pipe is `|>`; a block's result needs no type: its `return` says it"
	default:
		op := t.Value[:1]
		d.Summary = fmt.Sprintf("`%s` is no sign of this language", t.Value)
		d.Help = fmt.Sprintf("bind the name again: `h = h %s ...`", op)
	}
	s.report(d)
	s.tokens = append(s.tokens, t)
}

// wrong reports characters that begin no token, or a string that does not end.
func (s *scanned) wrong(t token) {
	if t.Value == "!" {
		s.foreign(t)
		return
	}
	defer func() { s.tokens = append(s.tokens, t) }()
	if t.Type == unclosedToken {
		t.Value = strings.TrimRight(t.Value, " \t\r")
		s.report(&diag.Diagnostic{Code: "syntax/string", Summary: "the string does not end on its line",
			At: spanOf(s.file, t), Help: "close it with `\"`; a line end inside a string is written `\\n`"})
		return
	}
	d := &diag.Diagnostic{Code: "syntax/character", At: spanOf(s.file, t)}
	switch r := []rune(t.Value)[0]; {
	case strings.ContainsRune("“”„‟«»", r):
		d.Summary, d.Help = "a string stands in straight quotes", "write `\"`"
	case strings.ContainsRune("×·", r):
		d.Summary, d.Help = fmt.Sprintf("`%c` is no sign of this language", r), "write `*`"
	case strings.ContainsRune("−–—", r):
		d.Summary, d.Help = fmt.Sprintf("`%c` is not the minus sign that programs use", r), "write `-`"
	case strings.ContainsRune("≤≥≠", r):
		d.Summary, d.Help = fmt.Sprintf("`%c` is no sign of this language", r), "write `<=`, `>=` or `!=`"
	case r == '\u00A0':
		d.Summary, d.Help = "this is a no-break space", "type a plain space"
	case r < ' ' || r == 0x7f:
		d.Summary = fmt.Sprintf("a control character, U+%04X, stands in the text", r)
	case r >= 0x80:
		d.Summary = fmt.Sprintf("`%.20s` cannot stand here", t.Value)
		d.Help = "names are letters a to z, digits and `_`; other letters stand in strings and comments"
	default:
		d.Summary = fmt.Sprintf("`%c` is no sign of this language", r)
	}
	s.report(d)
}

func (s *scanned) report(d *diag.Diagnostic) { s.errors = append(s.errors, d) }

// sign is the place of the first n bytes of a token.
func (s *scanned) sign(t token, n int) source.Span {
	return source.Span{File: s.file, Start: t.Pos.Offset, End: t.Pos.Offset + n}
}
