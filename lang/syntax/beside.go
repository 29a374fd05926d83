package syntax

import (
	"github.com/vnlang/vn/lang/diag"
)

// separator explains two values beside each other in brackets.
func (p *place) separator() *diag.Diagnostic {
	t, last := p.here(), p.previous()
	if p.bracket() == paramBracket && last.Value == "tensor" && t.Value == "(" {
		d := errorf("syntax/bracket", p.span(0), "the sizes of a tensor stand in square brackets")
		d.Help = "write `tensor[1, 128, 128, 64]`"
		return d
	}
	if !p.inBrackets() || !endsValue(last) || !beginsValue(t) && t.Value != "[" {
		return nil
	}
	if d := p.unitApart(); d != nil {
		return d
	}
	k := p.open[len(p.open)-1]
	switch p.kind(k) {
	case callBracket, listBracket, paramBracket, sizeBracket:
		d := errorf("syntax/separator", p.span(0), "a `,` is missing between %s and %s", quoted(last), quoted(t))
		d.Notes = []diag.Note{p.openedNote(k)}
		if last.Type == identToken && t.Type != identToken && p.kind(k) != sizeBracket {
			d.Help = "or a `:`, if " + quoted(last) + " names " + quoted(t)
		}
		return d
	}
	d := errorf("syntax/separator", p.span(0), "an operator or `%s` is missing between %s and %s",
		closer(p.tokens[k].Value), quoted(last), quoted(t))
	d.Notes = []diag.Note{p.openedNote(k)}
	return d
}

// unitApart explains a unit that does not stand directly behind its number.
func (p *place) unitApart() *diag.Diagnostic {
	t, last := p.here(), p.previous()
	if last.Type != numberToken || t.Type != identToken || p.fresh(0) || p.token(1).Value == "=" || p.token(1).Value == ":" {
		return nil
	}
	d := errorf("syntax/separator", p.span(0), "%s stands apart from its number", quoted(t))
	d.Help = "a unit follows its number directly, `" + last.Value + t.Value + "`; a product is written `" + last.Value + " * " +
		t.Value + "`"
	return d
}

// besideEachOther explains two values with nothing between them: h = a b.
func (p *place) besideEachOther() *diag.Diagnostic {
	first, second := p.token(-2), p.previous()
	if d := p.unitApart(); d != nil {
		return d
	}
	switch t := p.here(); {
	case p.inBrackets():
		return nil
	case endsValue(second) && beginsValue(t) && !p.fresh(0):
		return errorf("syntax/separator", p.span(0), "an operator is missing between %s and %s", quoted(second), quoted(t))
	case second.Type != identToken || p.fresh(-1) || !endsValue(first):
		return nil
	}
	before := *p
	before.i--
	if d := before.unitApart(); d != nil {
		return d
	}
	return errorf("syntax/separator", p.span(-1), "an operator is missing between %s and %s", quoted(first), quoted(second))
}

// unused explains an expression that stands where a statement should.
func (p *place) unused() *diag.Diagnostic {
	t, last := p.here(), p.previous()
	if p.inBrackets() || p.inSettings() || len(p.open) == 0 {
		return nil
	}
	begins := beginsValue(t) && t.Type != identToken || t.Value == "(" || t.Value == "[" || t.Value == "-"
	switch {
	case (last.Value == "{" || last.Value == "}") && t.Type != keywordToken && !p.end():
		d := errorf("syntax/statement", p.span(0), "no statement begins with %s", quoted(t))
		d.Help = "bind the value, `name = ...`, or return it"
		return d
	case isOperator(t) && endsValue(last), t.Value == "[" && endsValue(last):
		d := errorf("syntax/statement", p.span(0), "this value is computed and not used")
		d.Help = "bind it, `name = ...`, or return it"
		if last.Type == identToken && p.startsStatement(-1) {
			d.At = p.span(-1)
			d.Help = "bind it, `" + p.binding() + " = " + last.Value + " " + t.Value + " ...`, or return it"
		}
		return d
	case last.Type == identToken && p.startsStatement(-1):
		d := errorf("syntax/statement", p.span(-1), "%s alone is no statement", quoted(last))
		d.Help = "bind it, `name = ...`, or return it"
		return d
	case begins && endsValue(last):
		return errorf("syntax/separator", p.span(0), "an operator is missing between %s and %s", quoted(last), quoted(t))
	}
	return nil
}

// binding is the left side of a statement that binds a value here: a stage in a model, else a name.
func (p *place) binding() string {
	if p.tokens[0].Value == "model" {
		return "stage name"
	}
	return "name"
}
