package eval

import "github.com/vnlang/vn/lang/syntax"

// quantities computes an operator where at least one side has a unit. Sums and comparisons want the same unit on both
// sides; a product wants one number without; a quotient of equal units is a number.
func (e *elaborator) quantities(x *syntax.Binary, a, b Value) Value {
	p, left := a.(Quantity)
	q, right := b.(Quantity)
	switch {
	case left && right && p.Unit != q.Unit:
		e.fail("unit/mix", x, "`%s` mixes %s and %s", x.Op, p.Unit, q.Unit).Help =
			"a length in mm is a number of voxels times the spacing; write both sides in one unit"
		return Unknown{}
	case left && right:
		return e.sameUnit(x, p, q)
	case left:
		if n, ok := number(b); ok && (x.Op == "*" || x.Op == "/") {
			return withUnit(e.reals(x, p.Value, n), p.Unit)
		}
	case right:
		if n, ok := number(a); ok && x.Op == "*" {
			return withUnit(e.reals(x, n, q.Value), q.Unit)
		}
	}
	if _, ok := number(a); ok && right {
		e.fail("unit/missing", x, "`%s` mixes a plain number and %s", x.Op, q.Unit).Help = "write " + a.String() + q.Unit
		return Unknown{}
	}
	if _, ok := number(b); ok && left {
		e.fail("unit/missing", x, "`%s` mixes %s and a plain number", x.Op, p.Unit).Help = "write " + b.String() + p.Unit
		return Unknown{}
	}
	return e.operands(x, a, b)
}

// sameUnit computes an operator of two quantities of one unit.
func (e *elaborator) sameUnit(x *syntax.Binary, p, q Quantity) Value {
	switch x.Op {
	case "+", "-", "%":
		return withUnit(e.reals(x, p.Value, q.Value), p.Unit)
	case "/", "<", "<=", ">", ">=":
		return e.reals(x, p.Value, q.Value)
	}
	return e.operands(x, p, q)
}

func withUnit(v Value, unit string) Value {
	if f, ok := v.(Float); ok {
		return Quantity{f.Value, unit}
	}
	return v
}
