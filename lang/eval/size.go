package eval

import (
	"fmt"

	"github.com/vnlang/vn/lang/source"
)

// Size is the size of an axis: a number, and how it came to be from the sizes of the model's inputs.
type Size struct {
	Value int
	from  *origin // nil for a plain number
}

// String returns the number.
func (s Size) String() string { return fmt.Sprint(s.Value) }

// origin is an expression over the sizes of a model's inputs. Sizes share their origins, so that two sizes which came
// to be in one place are seen to be the same.
type origin struct {
	op    originOp
	value int // what the expression gives at the sizes at hand

	input, axis string  // of an input size
	a, b        *origin // operands
	mul, add    int     // of an affine step: (mul * a + add) / div, rounded down
	div         int

	at    source.Span // the user's text that made it
	depth int
}

type originOp byte

const (
	fromInput originOp = iota
	fromAffine
	fromSum
	fromProduct
)

// maxOrigin is how long an expression may grow before a size forgets it.
const maxOrigin = 2000

// size wraps an expression; one that is too long is forgotten.
func (o *origin) size() Size {
	o.depth = 1
	for _, p := range []*origin{o.a, o.b} {
		if p != nil {
			o.depth = max(o.depth, p.depth+1)
		}
	}
	if o.depth > maxOrigin {
		return Size{Value: o.value}
	}
	return Size{o.value, o}
}

// inputSize is the size of an axis of a model's input.
func inputSize(input, axis string, value int, at source.Span) Size {
	return (&origin{op: fromInput, value: value, input: input, axis: axis, at: at}).size()
}

// affine is (mul * s + add) / div, rounded down: what a convolution, a transposed convolution or a window does to a
// size.
func (s Size) affine(mul, add, div int, at source.Span) Size {
	value := floorDiv(mul*s.Value+add, div)
	if s.from == nil {
		return Size{Value: value}
	}
	if mul == div && add >= 0 && add < div {
		return s
	}
	return (&origin{op: fromAffine, value: value, a: s.from, mul: mul, add: add, div: div, at: at}).size()
}

// plus is the size of two axes laid end to end.
func (s Size) plus(t Size, at source.Span) Size {
	switch {
	case s.from == nil && t.from == nil:
		return Size{Value: s.Value + t.Value}
	case t.from == nil:
		return s.affine(1, t.Value, 1, at)
	case s.from == nil:
		return t.affine(1, s.Value, 1, at)
	}
	return (&origin{op: fromSum, value: s.Value + t.Value, a: s.from, b: t.from, at: at}).size()
}

// times is the size of two axes folded into one.
func (s Size) times(t Size, at source.Span) Size {
	switch {
	case s.from == nil && t.from == nil:
		return Size{Value: s.Value * t.Value}
	case t.from == nil:
		return s.affine(t.Value, 0, 1, at)
	case s.from == nil:
		return t.affine(s.Value, 0, 1, at)
	}
	return (&origin{op: fromProduct, value: s.Value * t.Value, a: s.from, b: t.from, at: at}).size()
}

// same reports whether two sizes are equal for every size of the inputs, as far as can be seen.
func (s Size) same(t Size) bool {
	return s.Value == t.Value && s.from.equal(t.from)
}

// equal compares two expressions; those that take long to compare count as different.
func (o *origin) equal(p *origin) bool {
	work := 256
	return o.compare(p, &work)
}

func (o *origin) compare(p *origin, work *int) bool {
	if o == p {
		return true
	}
	*work--
	if o == nil || p == nil || *work < 0 || o.op != p.op || o.value != p.value {
		return false
	}
	switch o.op {
	case fromInput:
		return o.input == p.input && o.axis == p.axis
	case fromAffine:
		return o.mul == p.mul && o.add == p.add && o.div == p.div && o.a.compare(p.a, work)
	}
	return o.a.compare(p.a, work) && o.b.compare(p.b, work)
}

// evaluate gives the expression's value when one axis of an input has another size.
func (o *origin) evaluate(input, axis string, n int, seen map[*origin]int) int {
	if o == nil {
		return 0
	}
	if v, ok := seen[o]; ok {
		return v
	}
	v := o.value
	switch o.op {
	case fromInput:
		if o.input == input && o.axis == axis {
			v = n
		}
	case fromAffine:
		v = floorDiv(o.mul*o.a.evaluate(input, axis, n, seen)+o.add, o.div)
	case fromSum:
		v = o.a.evaluate(input, axis, n, seen) + o.b.evaluate(input, axis, n, seen)
	case fromProduct:
		v = o.a.evaluate(input, axis, n, seen) * o.b.evaluate(input, axis, n, seen)
	}
	seen[o] = v
	return v
}

// evaluate gives the size when one axis of an input has another size.
func (s Size) evaluate(input, axis string, n int, seen map[*origin]int) int {
	if s.from == nil {
		return s.Value
	}
	return s.from.evaluate(input, axis, n, seen)
}

// chain returns the sizes from the input to o along first operands: the input's own first, o last.
func (o *origin) chain() []*origin {
	var out []*origin
	for ; o != nil; o = o.a {
		out = append(out, o)
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}
