package syntax

import (
	"slices"

	"github.com/vnlang/vn/lang/diag"
)

// strayBracket explains a closing bracket that does not fit the open ones.
func (p *place) strayBracket() *diag.Diagnostic {
	t := p.here()
	if !slices.Contains([]string{")", "]", "}"}, t.Value) {
		return nil
	}
	if len(p.open) == 0 {
		d := closesNothing(p)
		if n := len(p.before); n > 0 && p.i == 0 && p.before[n-1].Value == "}" {
			d.Notes = []diag.Note{{Text: "what stands above is closed here", At: spanOf(p.file, p.before[n-1])}}
		}
		return d
	}
	k := p.open[len(p.open)-1]
	want := closer(p.tokens[k].Value)
	switch {
	case t.Value == want || wantsMore(p.previous()):
		return nil
	case want == "}":
		d := closesNothing(p)
		d.Notes = []diag.Note{p.openedNote(k)}
		return d
	case t.Value == "}":
		return p.unclosed(k)
	}
	d := errorf("syntax/bracket", p.span(0), "`%s` closes %s, not %s", want, p.opened(k), quoted(t))
	d.Notes = []diag.Note{p.openedNote(k)}
	return d
}

func closesNothing(p *place) *diag.Diagnostic {
	d := errorf("syntax/bracket", p.span(0), "%s closes nothing", quoted(p.here()))
	d.Help = "leave it out, or open a bracket for it"
	return d
}

// unclosed reports a bracket that is not closed before the place.
func (p *place) unclosed(k int) *diag.Diagnostic {
	want := closer(p.tokens[k].Value)
	d := errorf("syntax/unclosed", p.gap(), "%s is not closed", p.opened(k))
	d.Label = "`" + want + "` is missing"
	d.Notes = []diag.Note{p.openedNote(k)}
	return d
}

// bracketLeftOpen explains a statement that begins while a round or square bracket is open.
func (p *place) bracketLeftOpen() *diag.Diagnostic {
	if !p.inBrackets() || wantsMore(p.previous()) {
		return nil
	}
	t := p.here()
	statement := slices.Contains(stmtWords, t.Value) || slices.Contains(declWords, t.Value) || t.Value == "{" ||
		t.Type == identToken && p.fresh(0) && p.token(1).Value == "="
	if p.end() || statement {
		return p.unclosed(p.open[len(p.open)-1])
	}
	return nil
}

// textEnds explains a text, or a declaration, that ends while brackets are open.
func (p *place) textEnds() *diag.Diagnostic {
	if !p.end() || len(p.open) == 0 {
		return nil
	}
	d := p.unclosed(p.open[len(p.open)-1])
	if k := p.shallow(); k >= 0 {
		d.Notes = append(d.Notes, diag.Note{Text: p.opened(k) + ", further to the right than the `}` that closes it, may be the one",
			At: spanOf(p.file, p.tokens[k])})
	}
	return d
}

// shallow returns the first { whose line is indented deeper than the } that closes it: its own } may be the missing
// one. It returns -1 where there is none.
func (p *place) shallow() int {
	var open []int
	first := -1
	for k, t := range p.tokens {
		switch t.Value {
		case "{":
			open = append(open, k)
		case "}":
			n := len(open) - 1
			if n < 0 {
				return first
			}
			begins := &place{tokens: p.tokens, i: k}
			if o := open[n]; begins.fresh(0) && p.indentation(o) > t.Pos.Column && (first < 0 || o < first) {
				first = o
			}
			open = open[:n]
		}
	}
	return first
}

// indentation returns the column at which the line of a token begins.
func (p *place) indentation(k int) int {
	for k > 0 && p.tokens[k-1].Pos.Line == p.tokens[k].Pos.Line {
		k--
	}
	return p.tokens[k].Pos.Column
}
