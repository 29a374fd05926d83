package syntax

import (
	"slices"

	"github.com/vnlang/vn/lang/diag"
)

// namedArgument explains f(channels = 3).
func (p *place) namedArgument() *diag.Diagnostic {
	kind := p.bracket()
	if p.here().Value != "=" || p.previous().Type != identToken || kind != callBracket && kind != listBracket {
		return nil
	}
	d := errorf("syntax/assignment", p.span(0), "an argument is named with `:`")
	d.Help = "write `" + p.previous().Value + ": ...`"
	return d
}

// chained explains a second comparison, or a third end of a range.
func (p *place) chained() *diag.Diagnostic {
	t := p.here()
	if !endsValue(p.previous()) {
		return nil
	}
	switch {
	case slices.Contains(comparisons, t.Value):
		k := p.operatorAbove(comparisons)
		if k < 0 {
			return nil
		}
		d := errorf("syntax/comparison", p.span(0), "comparisons are not chained")
		d.Notes = []diag.Note{{Text: "the first comparison is here", At: spanOf(p.file, p.tokens[k])}}
		d.Help = "write `a < b and b < c`, or put one of them in brackets"
		return d
	case t.Value == "..":
		k := p.operatorAbove([]string{".."})
		if k < 0 {
			return nil
		}
		d := errorf("syntax/comparison", p.span(0), "a range has two ends")
		d.Notes = []diag.Note{{Text: "the range is made here", At: spanOf(p.file, p.tokens[k])}}
		return d
	}
	return nil
}

// behindPipe explains an operator behind a pipe: x |> f + 1.
func (p *place) behindPipe() *diag.Diagnostic {
	t := p.here()
	if !isOperator(t) && t.Value != "[" && t.Value != "." || !endsValue(p.previous()) {
		return nil
	}
	k := p.operatorAbove([]string{"|>"})
	if k < 0 {
		return nil
	}
	d := errorf("syntax/pipe", p.span(0), "`%s` cannot follow a pipe", t.Value)
	d.Notes = []diag.Note{{Text: "the pipe is here, and binds looser than every operator", At: spanOf(p.file, p.tokens[k])}}
	d.Help = "put the pipe in brackets: `(x |> f) " + t.Value + " ...`, or what is piped into"
	if t.Value == "[" || t.Value == "." {
		d.Help = "put the pipe in brackets: `(x |> f)" + t.Value + "...`"
	}
	return d
}

// operatorAbove returns the last of some operators in the expression that ends at the place, -1 where there is none.
func (p *place) operatorAbove(ops []string) int {
	depth := 0
	for k := p.i - 1; k >= 0; k-- {
		switch t := p.tokens[k]; {
		case slices.Contains([]string{")", "]", "}"}, t.Value):
			depth++
		case slices.Contains([]string{"(", "[", "{"}, t.Value):
			if depth--; depth < 0 {
				return -1
			}
		case depth > 0:
		case t.Type == identToken && p.startsStatement(k-p.i):
			return -1
		case slices.Contains(ops, t.Value):
			return k
		case slices.Contains([]string{"=", ",", ":"}, t.Value):
			return -1
		case t.Type == keywordToken && !slices.Contains([]string{"true", "false", "not"}, t.Value):
			return -1
		}
	}
	return -1
}

// assignment explains the three signs = == and : where one stands for another.
func (p *place) assignment() *diag.Diagnostic {
	t, last := p.here(), p.previous()
	if len(p.open) == 0 && beginsDecl(p.tokens) {
		return nil
	}
	named := last.Type == identToken && !p.inBrackets() && (p.startsStatement(-1) || p.token(-2).Value == "stage")
	switch {
	case t.Value == "==" && named, t.Value == ":" && named && !p.fresh(1):
		d := errorf("syntax/assignment", p.span(0), "a name is bound with `=`")
		d.Help = "write `" + last.Value + " = ...`"
		return d
	case t.Value == "," && named:
		d := errorf("syntax/assignment", p.span(0), "one name is bound at a time")
		d.Help = "write a binding for each name"
		return d
	case t.Value == "[" && named && p.boundLater():
		return p.immutable()
	case t.Value != "=":
		return nil
	}
	if word := p.keywordAbove(); word == "if" || word == "require" || p.bracket() == groupBracket && len(p.open) > 0 {
		d := errorf("syntax/assignment", p.span(0), "`=` binds a name; two values are compared with `==`")
		d.Help = "write `==`"
		return d
	}
	if endsValue(last) {
		return p.immutable()
	}
	return nil
}

func (p *place) immutable() *diag.Diagnostic {
	d := errorf("syntax/assignment", p.span(0), "only a name can be bound")
	d.Help = "a value does not change: bind a name to the changed one"
	return d
}

// boundLater reports whether = follows on the same line, as in x[1] = 3.
func (p *place) boundLater() bool {
	for k := 1; !p.fresh(k); k++ {
		if p.token(k).Value == "=" {
			return true
		}
	}
	return false
}

// startsStatement reports whether the token at i + k begins a statement, a setting or a declaration.
func (p *place) startsStatement(k int) bool {
	last := p.token(k - 1)
	return last.Value == "" || last.Value == "{" || last.Value == "}" || p.fresh(k) && endsValue(last)
}
