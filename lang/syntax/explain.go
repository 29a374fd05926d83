package syntax

import (
	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// explanations are tried in order; the first that knows what happened speaks. Each is sure of what it says: a mistake
// that none of them knows is reported by unexpected.
var explanations = []func(*place) *diag.Diagnostic{
	(*place).strayBracket,    // ) ] } that closes nothing, or another bracket than the open one
	(*place).colonBody,       // if x: instead of if x {
	(*place).bracketLeftOpen, // a statement begins inside ( or [
	(*place).namedArgument,   // f(channels = 3)
	(*place).missing,         // nothing follows a sign or word that needs something
	(*place).chained,         // a < b < c, 1..2..3
	(*place).behindPipe,      // x |> f + 1
	(*place).misspelt,        // modle V(x), retrun x, def f(x)
	(*place).assignment,      // h == x, h: x, f(x) = 3, if a = b
	(*place).separator,       // f(a b)
	(*place).header,          // model V {, if x return
	(*place).besideEachOther, // h = a b
	(*place).unused,          // x |> f, as a statement
	(*place).misplaced,       // stage outside of a body, block inside of one
	(*place).textEnds,        // the body is not closed
}

// explain says what is wrong where a parse stopped, in the terms of the language.
func explain(f *source.File, tokens, before chunk, err *syntaxError) *diag.Diagnostic {
	p := newPlace(f, tokens, before, min(err.index, len(tokens)))
	for _, f := range explanations {
		if d := f(p); d != nil {
			return d
		}
	}
	return p.unexpected()
}

// unexpected is what is said of a mistake that has no explanation of its own.
func (p *place) unexpected() *diag.Diagnostic {
	if p.end() {
		return errorf("syntax/unexpected", p.gap(), "the text ends here, in the middle of a declaration")
	}
	d := errorf("syntax/unexpected", p.span(0), "%s cannot stand here", quoted(p.here()))
	if p.i > 0 {
		d.Label = "after " + quoted(p.previous())
	}
	return d
}
