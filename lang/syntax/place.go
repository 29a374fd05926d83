package syntax

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// place is where a parse stopped, with what can be said of the tokens around it. All tokens before it form the
// beginning of some program; the token at i cannot go on with it.
type place struct {
	file   *source.File
	tokens chunk
	i      int   // the token that cannot stand here; len(tokens) at the end
	before chunk // the chunk above, for what it may explain
	open   []int // brackets that are open at i, the innermost last
}

func newPlace(f *source.File, tokens, before chunk, i int) *place {
	p := &place{file: f, tokens: tokens, i: i, before: before}
	for k, t := range tokens[:i] {
		switch t.Value {
		case "(", "[", "{":
			p.open = append(p.open, k)
		case ")", "]", "}":
			if n := len(p.open); n > 0 {
				p.open = p.open[:n-1]
			}
		}
	}
	return p
}

// token returns the token k places from the one that cannot stand here; the zero token, whose value is empty, where
// there is none.
func (p *place) token(k int) token {
	if j := p.i + k; j >= 0 && j < len(p.tokens) {
		return p.tokens[j]
	}
	return token{}
}

func (p *place) here() token     { return p.token(0) }
func (p *place) previous() token { return p.token(-1) }
func (p *place) end() bool       { return p.i >= len(p.tokens) }

// fresh reports whether the token at i + k is the first on its line.
func (p *place) fresh(k int) bool {
	return p.i+k <= 0 || p.i+k >= len(p.tokens) || p.token(k).Pos.Line > p.token(k-1).Pos.Line
}

func (p *place) span(k int) source.Span { return spanOf(p.file, p.token(k)) }

// gap returns the place directly behind the token before: where something is missing.
func (p *place) gap() source.Span {
	if p.i == 0 {
		return source.Span{File: p.file}
	}
	end := p.span(-1).End
	return source.Span{File: p.file, Start: end, End: end}
}

// innermost returns the innermost open bracket, "" where none is open.
func (p *place) innermost() string {
	if len(p.open) == 0 {
		return ""
	}
	return p.tokens[p.open[len(p.open)-1]].Value
}

// inBrackets reports whether the place is in round or square brackets.
func (p *place) inBrackets() bool { return p.innermost() == "(" || p.innermost() == "[" }

// declared returns how the declaration at hand begins: "model `VNet`", "data `Prostate`"; "" for a constant or less.
func (p *place) declared() string {
	if !beginsDecl(p.tokens) || p.tokens[0].Value == "import" {
		return ""
	}
	return p.tokens[0].Value + " `" + p.tokens[1].Value + "`"
}

// inSettings reports whether the place is in the braces of data or train.
func (p *place) inSettings() bool {
	return len(p.open) > 0 && (p.tokens[0].Value == "data" || p.tokens[0].Value == "train")
}

// bracketKind says what an open bracket is for.
type bracketKind int

const (
	groupBracket bracketKind = iota
	callBracket
	paramBracket
	listBracket
	indexBracket
	sizeBracket
	bodyBracket
)

func (p *place) kind(k int) bracketKind {
	var last, first token
	if k > 0 {
		last = p.tokens[k-1]
	}
	if len(p.tokens) > 0 {
		first = p.tokens[0]
	}
	switch {
	case p.tokens[k].Value == "{":
		return bodyBracket
	case k == 2 && p.tokens[k].Value == "(" && (first.Value == "block" || first.Value == "model"):
		return paramBracket
	case p.tokens[k].Value == "(" && last.Type == identToken:
		return callBracket
	case p.tokens[k].Value == "(":
		return groupBracket
	case last.Value == "tensor" && k > 1 && p.tokens[k-2].Value == ":":
		return sizeBracket
	case endsValue(last):
		return indexBracket
	}
	return listBracket
}

// bracket returns the kind of the innermost open bracket; groupBracket where none is open.
func (p *place) bracket() bracketKind {
	if len(p.open) == 0 {
		return groupBracket
	}
	return p.kind(p.open[len(p.open)-1])
}

// opened names what an open bracket holds, such as "the call of `conv`".
func (p *place) opened(k int) string {
	switch p.kind(k) {
	case callBracket:
		return "the call of `" + p.tokens[k-1].Value + "`"
	case paramBracket:
		return "the list of parameters of `" + p.tokens[k-1].Value + "`"
	case listBracket:
		return "the list"
	case indexBracket:
		return "the index"
	case sizeBracket:
		return "the list of sizes"
	case bodyBracket:
		for j := k - 1; j > 0; j-- {
			switch v := p.tokens[j].Value; v {
			case "if", "else", "for":
				return "the body of `" + v + "`"
			case "{", "}":
				return "the body"
			}
		}
		if d := p.declared(); d != "" {
			return "the body of " + d
		}
		return "the body"
	}
	return "the bracket"
}

// openedNote says where a bracket was opened.
func (p *place) openedNote(k int) diag.Note {
	return diag.Note{Text: p.opened(k) + " begins here", At: spanOf(p.file, p.tokens[k])}
}

// closer returns the bracket that closes another.
func closer(open string) string {
	return map[string]string{"(": ")", "[": "]", "{": "}"}[open]
}

// quoted returns a token as messages show it.
func quoted(t token) string {
	switch {
	case t.Value == "":
		return "the end"
	case t.Type == stringToken && len(t.Value) > 20:
		return "the string"
	}
	return "`" + t.Value + "`"
}

// endsValue reports whether an expression may end with a token.
func endsValue(t token) bool {
	switch t.Type {
	case identToken, numberToken, stringToken:
		return true
	}
	return slices.Contains([]string{")", "]", "true", "false"}, t.Value)
}

// beginsValue reports whether an expression may begin with a token that goes on with no other.
func beginsValue(t token) bool {
	switch t.Type {
	case identToken, numberToken, stringToken:
		return true
	}
	return slices.Contains([]string{"true", "false", "not"}, t.Value)
}

var comparisons = []string{"==", "!=", "<=", "<", ">=", ">"}

// operators are the signs and words that stand between two values.
var operators = append([]string{"|>", "or", "and", "..", "+", "-", "*", "/", "%", "^"}, comparisons...)

func isOperator(t token) bool { return slices.Contains(operators, t.Value) }

var declWords = []string{"model", "block", "data", "train", "import"}

var stmtWords = []string{"stage", "for", "if", "else", "require", "return"}

// errorf makes a diagnostic.
func errorf(code diag.Code, at source.Span, format string, args ...any) *diag.Diagnostic {
	return &diag.Diagnostic{Code: code, At: at, Summary: fmt.Sprintf(format, args...)}
}

// or joins words as "`a`, `b` or `c`".
func or(words []string) string {
	text := "`" + strings.Join(words, "`, `") + "`"
	if i := strings.LastIndex(text, ", "); i >= 0 {
		text = text[:i] + " or" + text[i+1:]
	}
	return text
}
