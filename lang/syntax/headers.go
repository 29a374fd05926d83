package syntax

import (
	"slices"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/source"
)

// colonBody explains a body that begins with a colon and an indentation, as in Python.
func (p *place) colonBody() *diag.Diagnostic {
	if p.here().Value != ":" || p.inBrackets() || !p.fresh(1) {
		return nil
	}
	word := p.keywordAbove()
	if p.previous().Value != "else" && !slices.Contains([]string{"if", "else", "for", "model", "block", "data", "train"}, word) {
		return nil
	}
	d := errorf("syntax/body", p.span(0), "a body stands in braces")
	d.Help = "write `{` for `:`, and `}` where the body ends"
	return d
}

// header explains what is missing between the keyword of a declaration or a statement and its body.
func (p *place) header() *diag.Diagnostic {
	if p.inBrackets() || !endsValue(p.previous()) {
		return nil
	}
	if len(p.open) == 0 && beginsDecl(p.tokens) {
		return p.declHeader()
	}
	var after string
	switch p.keywordAbove() {
	case "if":
		after = "the condition of `if`"
	case "for":
		if p.token(-2).Value == "for" {
			d := errorf("syntax/expected", p.orGap(), "`in` is expected after %s", quoted(p.previous()))
			d.Help = "write `for " + p.previous().Value + " in 1..n { ... }`"
			return d
		}
		after = "what `for` goes through"
	case "stage":
		if p.token(-2).Value == "stage" {
			d := errorf("syntax/assignment", p.orGap(), "a `=` is missing after %s", quoted(p.previous()))
			d.Help = "write `stage " + p.previous().Value + " = ...`"
			return d
		}
		return nil
	case "require":
		if p.operatorAbove([]string{","}) >= 0 {
			return nil
		}
		d := errorf("syntax/expected", p.orGap(), "`,` and a text are expected after the condition of `require`")
		d.Help = "say why: `require condition, \"a stage needs a convolution\"`"
		return d
	default:
		if p.inSettings() && p.startsStatement(-1) && p.previous().Type == identToken {
			d := errorf("syntax/assignment", p.orGap(), "a `=` is missing after %s", quoted(p.previous()))
			d.Help = "write `" + p.previous().Value + " = ...`"
			return d
		}
		return nil
	}
	d := errorf("syntax/body", p.orGap(), "`{` is expected after %s", after)
	return d
}

// orGap returns the place, or the gap before it where the place is on another line.
func (p *place) orGap() source.Span {
	if p.end() || p.fresh(0) {
		return p.gap()
	}
	return p.span(0)
}

// declHeader explains what is missing before the braces of a declaration.
func (p *place) declHeader() *diag.Diagnostic {
	word, last := p.tokens[0].Value, p.previous()
	switch {
	case word == "import":
		d := errorf("syntax/place", p.orGap(), "%s cannot follow an import", quoted(p.here()))
		if p.here().Type == identToken {
			d = errorf("syntax/expected", p.span(0), "`as` is expected before %s", quoted(p.here()))
		}
		d.Help = "an import is `import \"file.vn\"` or `import \"file.vn\" as name`"
		return d
	case (word == "model" || word == "block") && p.i == 2:
		d := errorf("syntax/expected", p.orGap(), "the parameters of %s are expected after its name", p.declared())
		d.Help = "write `" + word + " " + last.Value + "(x) { ... }`"
		return d
	case word == "train" && p.i == 2 && p.here().Type == identToken:
		d := errorf("syntax/expected", p.span(0), "`on` is expected before %s", quoted(p.here()))
		name := p.here().Value
		if p.token(1).Type == identToken {
			d.Summary, name = "`on` is expected, not `"+name+"`", p.token(1).Value
		}
		d.Help = "write `train " + last.Value + " on " + name + " { ... }`"
		return d
	}
	d := errorf("syntax/body", p.orGap(), "`{` is expected: the body of %s", p.declared())
	return d
}

// misplaced explains a statement outside of a body, and a declaration inside of one.
func (p *place) misplaced() *diag.Diagnostic {
	t := p.here()
	switch {
	case len(p.open) == 0 && (!p.end() || p.i == 1):
		return p.outside()
	case p.end(), p.inBrackets():
		return nil
	case t.Type == keywordToken && p.token(1).Value == "=":
		return p.boundKeyword(0)
	case slices.Contains(declWords, t.Value):
		d := errorf("syntax/place", p.span(0), "`%s` stands inside of %s", t.Value, p.opened(p.open[0]))
		d.Notes = []diag.Note{p.openedNote(p.open[0])}
		d.Help = "declarations stand beside each other, not inside: is a `}` missing before it?"
		return d
	case p.inSettings():
		d := errorf("syntax/place", p.span(0), "%s stands among the settings of %s", quoted(t), p.declared())
		d.Help = "a setting is `name = value`"
		return d
	case t.Value == "else":
		d := errorf("syntax/place", p.span(0), "this `else` belongs to no `if`")
		d.Help = "`else` follows the `}` of its `if`"
		return d
	}
	return nil
}

// outside explains what stands between declarations.
func (p *place) outside() *diag.Diagnostic {
	t := p.here()
	k := 0
	if p.previous().Type == identToken && p.i == 1 {
		t, k = p.previous(), -1
	}
	d := errorf("syntax/place", p.span(k), "%s stands outside of every body", quoted(t))
	d.Help = "a declaration begins with " + or(declWords[:4]) + ", or is a constant, `name = value`"
	if slices.Contains(stmtWords, t.Value) {
		d.Help = "statements stand in the body of a block or a model"
		if n := len(p.before); n > 0 && p.before[n-1].Value == "}" {
			d.Notes = []diag.Note{{Text: "the body above ends here", At: spanOf(p.file, p.before[n-1])}}
		}
	}
	return d
}
