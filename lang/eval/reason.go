package eval

import (
	"fmt"

	"github.com/vnlang/vn/lang/diag"
	"github.com/vnlang/vn/lang/syntax"
)

// reasons explains two sizes that should be equal: what each is, where it comes from, and where rounding made them
// part.
func (e *elaborator) reasons(axis string, first syntax.Node, a Size, second syntax.Node, b Size) []diag.Note {
	notes := []diag.Note{e.explain(title(first)+" here", axis, a), e.explain(title(second), axis, b)}
	if first == second {
		notes = notes[:1]
	}
	for _, o := range roundings(a.from, b.from) {
		notes = append(notes, e.rounding(axis, o))
	}
	return notes
}

// explain says how a size came to be: "left3's z = 25 comes from image's 100, halved twice".
func (e *elaborator) explain(what, axis string, s Size) diag.Note {
	text := fmt.Sprintf("%s has %s = %d", what, axis, s.Value)
	if s.from == nil {
		return diag.Note{Text: text}
	}
	if s.from.op == fromInput {
		return diag.Note{Text: fmt.Sprintf("%s, as %s is declared", text, s.from.input), At: s.from.at}
	}
	// A size that a stage before this one had is as far as a reader wants to go back, if the size was made larger
	// since; one that was only divided is told from the image on.
	chain := s.from.chain()
	start := 0
	for i := len(chain) - 1; i > 0; i-- {
		if chain[i].grows() {
			continue
		}
		if i < len(chain)-1 {
			start = i
		}
		break
	}
	from, at := chain[0], chain[0].at
	origin := fmt.Sprintf("%s's %d", from.input, from.value)
	if stage := e.firstStage(axis, chain[start]); start > 0 && stage != "" {
		from, at = chain[start], s.from.at
		origin = fmt.Sprintf("%s's %d", stage, from.value)
	} else {
		start = 0
	}
	return diag.Note{Text: fmt.Sprintf("%s: %s, %s", text, origin, steps(chain[start+1:])), At: at}
}

// grows reports whether a step made the size larger.
func (o *origin) grows() bool { return o.a != nil && o.value > o.a.value }

// firstStage returns the first stage that has a size on an axis.
func (e *elaborator) firstStage(axis string, o *origin) string {
	for _, s := range e.model.Stages {
		if a := s.Tensor.axis(axis); a != nil && a.Size.from == o {
			return s.Name
		}
	}
	return ""
}

// steps says what was done to a size: "halved twice, then doubled".
func steps(chain []*origin) string {
	text := ""
	for i := 0; i < len(chain); {
		j := i
		for j < len(chain) && chain[j].verb() == chain[i].verb() {
			j++
		}
		if text != "" {
			text += ", then "
		}
		text += chain[i].verb() + times(j-i)
		i = j
	}
	return text
}

func times(n int) string {
	switch n {
	case 1:
		return ""
	case 2:
		return " twice"
	}
	return fmt.Sprintf(" %d times", n)
}

// verb says what a step does to a size.
func (o *origin) verb() string {
	switch {
	case o.op == fromSum:
		return fmt.Sprintf("joined with %d", o.b.value)
	case o.op == fromProduct:
		return fmt.Sprintf("multiplied by %d", o.b.value)
	case o.mul == 1 && o.add == 0 && o.div == 2:
		return "halved"
	case o.mul == 2 && o.add == 0 && o.div == 1:
		return "doubled"
	case o.mul == 1 && o.add == 0:
		return fmt.Sprintf("divided by %d", o.div)
	case o.add == 0 && o.div == 1:
		return fmt.Sprintf("multiplied by %d", o.mul)
	case o.mul == 1 && o.div == 1 && o.add < 0:
		return fmt.Sprintf("less %d", -o.add)
	case o.mul == 1 && o.div == 1:
		return fmt.Sprintf("plus %d", o.add)
	}
	return fmt.Sprintf("made into (%d * %d %+d) / %d", o.mul, o.a.value, o.add, o.div)
}

// roundings returns the steps of either size, since they parted, whose quotient was not whole.
func roundings(a, b *origin) []*origin {
	if a == nil || b == nil {
		return nil
	}
	p, q := a.chain(), b.chain()
	common := 0
	for common < len(p) && common < len(q) && p[common].equal(q[common]) {
		common++
	}
	var out []*origin
	for _, o := range append(p[common:len(p):len(p)], q[common:]...) {
		if o.op == fromAffine && (o.mul*o.a.value+o.add)%o.div != 0 {
			out = append(out, o)
		}
	}
	return out
}

// rounding tells of a quotient that is not whole, and where it was made.
func (e *elaborator) rounding(axis string, o *origin) diag.Note {
	what := fmt.Sprintf("%d / %d is rounded down to %d", o.mul*o.a.value+o.add, o.div, o.value)
	if stage := e.firstStage(axis, o); stage != "" {
		what = fmt.Sprintf("%s's %s = %d: %s", stage, axis, o.value, what)
	}
	return diag.Note{Text: what, At: o.at}
}
