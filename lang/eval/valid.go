package eval

import (
	"fmt"
	"strings"

	"github.com/vnlang/vn/lang/diag"
)

// constraint is what a model needs of its sizes: two of them are equal, or a is at least b.
type constraint struct {
	a, b  Size
	equal bool
}

// maxConstraints is how many are kept; what a model accepts is then a little too much.
const maxConstraints = 5000

// misalignment is an error over sizes that another size of the input may mend.
type misalignment struct {
	d    *diag.Diagnostic
	axes []string
}

// mustEqual notes that a model needs two sizes to be the same.
func (e *elaborator) mustEqual(a, b Size) {
	if !a.same(b) && len(e.constraints) < maxConstraints {
		e.constraints = append(e.constraints, constraint{a, b, true})
	}
}

// mustReach notes that a model needs a size to be at least another.
func (e *elaborator) mustReach(a, least Size) {
	if (a.from != nil || least.from != nil) && !a.same(least) && len(e.constraints) < maxConstraints {
		e.constraints = append(e.constraints, constraint{a, least, false})
	}
}

// Sizes are the sizes that a model accepts on one axis of an input, the other sizes staying as they are.
type Sizes struct {
	Input, Axis string
	Multiple    int  // every multiple of it, from Least on, is accepted; 0 where there is none
	Least       int  // the smallest multiple that is accepted
	Only        bool // no others are accepted
}

// maxSearched is up to which size of an input axis is searched.
const maxSearched = 1024

// String says it in words: "multiples of 16".
func (s Sizes) String() string {
	text := fmt.Sprintf("multiples of %d", s.Multiple)
	switch {
	case s.Multiple == 0:
		return "single sizes only"
	case s.Multiple == 1 && s.Least == 1:
		return "any size"
	case s.Multiple == 1:
		return fmt.Sprintf("any size from %d", s.Least)
	}
	if s.Least > s.Multiple {
		text += fmt.Sprintf(" from %d", s.Least)
	}
	if !s.Only {
		text += ", and some between"
	}
	return text
}

// validSizes finds the sizes of one axis of an input that satisfy every constraint.
func (e *elaborator) validSizes(input, axis string) Sizes {
	var valid [maxSearched + 1]bool
	count := 0
	for n := 1; n <= maxSearched; n++ {
		if valid[n] = e.satisfied(input, axis, n); valid[n] {
			count++
		}
	}
	out := Sizes{Input: input, Axis: axis}
	for m := 1; m <= maxSearched/4; m++ {
		if least := series(valid[:], m); least > 0 {
			out.Multiple, out.Least = m, least
			out.Only = count == (maxSearched-least)/m+1
			return out
		}
	}
	return out
}

// satisfied evaluates the constraints with one axis of an input at another size.
func (e *elaborator) satisfied(input, axis string, n int) bool {
	seen := map[*origin]int{}
	for _, c := range e.constraints {
		a, b := c.a.evaluate(input, axis, n, seen), c.b.evaluate(input, axis, n, seen)
		if c.equal && a != b || !c.equal && a < b {
			return false
		}
	}
	return true
}

// series returns the least multiple of m from which on all are valid, or 0 where that is not in the lower half of what
// was searched.
func series(valid []bool, m int) int {
	n := (len(valid) - 1) / m * m
	for n > 0 && valid[n] {
		n -= m
	}
	if least := n + m; least <= len(valid)/2 {
		return least
	}
	return 0
}

// near returns the multiples that are accepted below and above n; 0 where there is none.
func (s Sizes) near(n int) (below, above int) {
	below = n / s.Multiple * s.Multiple
	if below < s.Least {
		return 0, s.Least
	}
	return below, below + s.Multiple
}

// remedy says which sizes to give the axes of an error's input: "make x and y a multiple of 16: 96 or 112".
func remedy(axes []string, of func(axis string) (Sizes, int, bool)) string {
	var texts []string
	together := map[string][]string{} // the axes that need the same
	for _, axis := range axes {
		s, n, ok := of(axis)
		if !ok || s.Multiple == 0 {
			continue
		}
		text := s.advice(n)
		if together[text] == nil {
			texts = append(texts, text)
		}
		together[text] = append(together[text], axis)
	}
	for i, text := range texts {
		texts[i] = "make " + enumerate(together[text]) + " " + text
	}
	return strings.Join(texts, "; ")
}

// advice says what to make of a size of n: "a multiple of 16: 96 or 112".
func (s Sizes) advice(n int) string {
	if s.Multiple == 1 {
		return fmt.Sprintf("at least %d", s.Least)
	}
	below, above := s.near(n)
	if below == 0 {
		return fmt.Sprintf("a multiple of %d, at least %d", s.Multiple, above)
	}
	return fmt.Sprintf("a multiple of %d: %d or %d", s.Multiple, below, above)
}
