package syntax

import (
	"slices"

	"github.com/vnlang/vn/lang/diag"
)

// wantsMore reports whether a token needs something behind it.
func wantsMore(t token) bool {
	if isOperator(t) || slices.Contains([]string{"=", ",", ":", "."}, t.Value) {
		return true
	}
	return t.Type == keywordToken && t.Value != "true" && t.Value != "false"
}

// missing explains that what a sign or a word needs does not follow it.
func (p *place) missing() *diag.Diagnostic {
	last, t := p.previous(), p.here()
	what := p.expected()
	if what == "" || p.end() && (last.Value == "(" || last.Value == "[") {
		return nil
	}
	switch {
	case t.Value == "=" && last.Type == keywordToken && last.Value != "stage":
		return p.boundKeyword(-1)
	case last.Value == "else":
		d := errorf("syntax/body", p.orGap(), "`{` or `if` is expected after `else`")
		d.Help = "a body stands in braces"
		return d
	}
	if t.Type == keywordToken && !p.fresh(0) && t.Value != "true" && t.Value != "false" {
		return p.reserved(what)
	}
	d := errorf("syntax/expected", p.span(0), "%s is expected after %s", what, quoted(last))
	d.Label = "this is " + describe(t)
	if p.end() || p.fresh(0) {
		d.At, d.Label = p.span(-1), "nothing follows"
	}
	switch {
	case last.Value == "," && slices.Contains([]string{")", "]"}, t.Value):
		d.Help = "leave the last `,` out"
	case t.Value == "+":
		d.Help = "a number needs no `+` before it"
	case t.Type == numberToken && needsName(last):
		d.Help = "a name begins with a letter"
	case t.Value == "." && p.token(1).Type == numberToken:
		d.Help = "write `0." + p.token(1).Value + "`"
	case last.Value == "import" && t.Type == identToken:
		d.Help = "write `import \"" + t.Value + ".vn\"`"
	case last.Value == "." && p.token(-2).Type == numberToken:
		d.Help = "a float has digits behind its point: `" + p.token(-2).Value + ".0`"
	case last.Value == "|>" && t.Value == "(":
		d.Help = "a pipe goes into a block by its name: `x |> f(...)`"
	}
	return d
}

// describe names a token with what it is.
func describe(t token) string {
	switch {
	case t.Type == keywordToken:
		return "the keyword `" + t.Value + "`"
	case t.Type == numberToken:
		return "a number"
	case t.Type == stringToken:
		return "a string"
	}
	return quoted(t)
}

// reserved explains a keyword where a name or a value is expected.
func (p *place) reserved(what string) *diag.Diagnostic {
	t := p.here()
	d := errorf("syntax/reserved", p.span(0), "`%s` is a keyword: %s is expected after %s", t.Value, what, quoted(p.previous()))
	switch {
	case t.Value == "if":
		d.Help = "an `if` is a statement: bind the name in each of its branches"
	case t.Value == "not":
		d.Help = "put it in brackets: `(not ...)`"
	default:
		d.Help = "choose another name; the keywords are no names"
	}
	return d
}

// boundKeyword explains a keyword where a name is bound: data = 3.
func (p *place) boundKeyword(k int) *diag.Diagnostic {
	d := errorf("syntax/reserved", p.span(k), "`%s` is a keyword and cannot be bound", p.token(k).Value)
	d.Help = "choose another name; the keywords are no names"
	return d
}

// needsName reports whether a name must follow a token.
func needsName(t token) bool {
	return slices.Contains([]string{"model", "block", "data", "train", "stage", "for", "as", "on", "."}, t.Value)
}

// expected says what must follow the token before the place, "" where that token needs nothing.
func (p *place) expected() string {
	last := p.previous()
	switch last.Value {
	case "|>":
		return "the name of a block"
	case "=":
		if p.bracket() == paramBracket {
			return "a default value"
		}
		return "a value"
	case ",":
		return p.element()
	case "(", "[":
		return p.element()
	case ":":
		if p.bracket() == paramBracket {
			return "a type"
		}
		return "a value"
	case "as":
		return "a name for the file"
	case "on":
		return "the name of a data set"
	case "train":
		return "the name of a model"
	case "model", "block", "data", "stage", "for", ".":
		return "a name"
	case "import":
		return "the path of a file in quotes"
	case "in":
		return "a range or a list"
	case "if", "require", "not", "and", "or":
		return "a condition"
	case "return":
		return "a value"
	case "else":
		return "a body"
	}
	if isOperator(last) {
		return "a value"
	}
	return ""
}

// element says what the innermost bracket is a list of.
func (p *place) element() string {
	switch {
	case len(p.open) == 0 || p.bracket() == bodyBracket:
		if p.keywordAbove() == "require" {
			return "the text of the message"
		}
		return "a value"
	}
	switch p.bracket() {
	case callBracket:
		return "an argument"
	case paramBracket:
		return "a parameter"
	case listBracket:
		return "an element"
	case sizeBracket:
		return "a size"
	case indexBracket:
		return "an index"
	}
	return "a value"
}

// keywordAbove returns the keyword of the statement at hand: the nearest one before the place, outside of brackets
// that are closed or were opened later.
func (p *place) keywordAbove() string {
	depth := 0
	for k := p.i - 1; k >= 0; k-- {
		switch v := p.tokens[k].Value; {
		case slices.Contains([]string{")", "]", "}"}, v):
			depth++
		case slices.Contains([]string{"(", "[", "{"}, v):
			if depth--; depth < 0 {
				return ""
			}
		case depth == 0 && (slices.Contains(stmtWords, v) || slices.Contains(declWords, v)):
			return v
		case depth == 0 && v == "=" && k > 0 && p.tokens[k-1].Type == identToken:
			if k < 2 || p.tokens[k-2].Value != "stage" {
				return ""
			}
		}
	}
	return ""
}
