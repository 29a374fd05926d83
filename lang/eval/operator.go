package eval

import (
	"math"

	"github.com/vnlang/vn/lang/syntax"
)

// unary computes -x and not x.
func (e *elaborator) unary(x *syntax.Unary) Value {
	v := e.eval(x.X)
	if isUnknown(v) {
		return v
	}
	switch v := v.(type) {
	case Bool:
		if x.Op == "not" {
			return Bool{!v.Value}
		}
	case Int:
		if x.Op == "-" {
			return e.subtract(x, Int{}, v)
		}
	case Float:
		if x.Op == "-" {
			return Float{-v.Value}
		}
	case Quantity:
		if x.Op == "-" {
			return Quantity{-v.Value, v.Unit}
		}
	case *Tensor:
		if x.Op == "-" {
			return e.emit("neg", nil, v.Axes, v.Batched, v)
		}
	}
	d := e.fail("type/operand", x, "`%s` cannot be applied to %s", x.Op, describe(v))
	if x.Op == "not" {
		d.Help = "`not` wants a bool; of a tensor of 0 and 1, write 1 - t"
	}
	return Unknown{}
}

// binary computes an operator between two values.
func (e *elaborator) binary(x *syntax.Binary) Value {
	a := e.eval(x.X)
	if x.Op == "and" || x.Op == "or" {
		return e.logic(x, a)
	}
	b := e.eval(x.Y)
	if !e.something(a, x.X) || !e.something(b, x.Y) || isUnknown(a, b) {
		return Unknown{}
	}
	return e.operate(x, a, b)
}

// operate computes a binary operator of two known values.
func (e *elaborator) operate(x *syntax.Binary, a, b Value) Value {
	if isTensor(a) || isTensor(b) {
		return e.tensorOperator(x, a, b)
	}
	if x.Op == ".." {
		return e.span(x, a, b)
	}
	if x.Op == "==" || x.Op == "!=" {
		if equal, ok := equalValues(a, b); ok {
			return Bool{equal == (x.Op == "==")}
		}
		return e.operands(x, a, b)
	}
	if i, ok := a.(Int); ok {
		if j, ok := b.(Int); ok {
			return e.integers(x, i, j)
		}
	}
	if p, ok := number(a); ok {
		if q, ok := number(b); ok {
			return e.reals(x, p, q)
		}
	}
	if isQuantity(a) || isQuantity(b) {
		return e.quantities(x, a, b)
	}
	switch a := a.(type) {
	case *List:
		if b, ok := b.(*List); ok && x.Op == "+" {
			return e.join(x, a, b)
		}
	case String:
		if b, ok := b.(String); ok && x.Op == "+" {
			return e.text(x, a.Value+b.Value)
		}
	}
	return e.operands(x, a, b)
}

// operands reports operands that an operator cannot take.
func (e *elaborator) operands(x *syntax.Binary, a, b Value) Value {
	d := e.fail("type/operand", x, "`%s` cannot be applied to %s and %s", x.Op, describe(a), describe(b))
	for _, v := range []Value{a, b} {
		if b, ok := v.(*Block); ok {
			d.Help = "give `" + b.Name() + "` its arguments to get a value: " + b.signature()
		}
	}
	return Unknown{}
}

// logic computes and, or; the right side is not looked at when the left one decides.
func (e *elaborator) logic(x *syntax.Binary, a Value) Value {
	p, ok := e.truth(a, x.X)
	if !ok {
		return Unknown{}
	}
	if p == (x.Op == "or") {
		return Bool{p}
	}
	q, ok := e.truth(e.eval(x.Y), x.Y)
	if !ok {
		return Unknown{}
	}
	return Bool{q}
}

// truth returns the bool that a condition is; it reports anything else.
func (e *elaborator) truth(v Value, x syntax.Expr) (value, ok bool) {
	switch v := v.(type) {
	case Bool:
		return v.Value, true
	case Unknown:
	case *Tensor:
		e.fail("type/condition", x, "a condition must be known when the model is compiled, but this is %s", describe(v)).Help =
			"choose between tensors with select(condition, a, b)"
	default:
		e.fail("type/condition", x, "a condition is a bool, but this is %s", describe(v))
	}
	return false, false
}

// span computes the range a..b, both ends included.
func (e *elaborator) span(x *syntax.Binary, a, b Value) Value {
	i, ok := a.(Int)
	j, ok2 := b.(Int)
	if !ok || !ok2 {
		e.fail("type/operand", x, "a range goes from an int to an int, but this is %s to %s", describe(a), describe(b))
		return Unknown{}
	}
	if j.Value-i.Value >= maxList || i.Value < -maxSize || j.Value > maxSize {
		e.fail("limit/list", x, "the range %d..%d has more than %s elements", i.Value, j.Value, thousands(maxList))
		return Unknown{}
	}
	l := &List{}
	for k := i.Value; k <= j.Value; k++ {
		l.Items = append(l.Items, Item{Value: Int{Value: k}})
	}
	return e.bounded(x, l)
}

// join lays two lists end to end.
func (e *elaborator) join(x syntax.Expr, a, b *List) Value {
	out := &List{Items: make([]Item, 0, len(a.Items)+len(b.Items))}
	out.Items = append(append(out.Items, a.Items...), b.Items...)
	return e.bounded(x, out)
}

// text returns a string that is not too long.
func (e *elaborator) text(x syntax.Expr, s string) Value {
	e.steps += len(s) / 1000
	if len(s) > maxList {
		e.fail("limit/list", x, "the string has more than %s bytes", thousands(maxList))
		return Unknown{}
	}
	return String{s}
}

// equalValues compares two values; ok is false when they cannot be compared.
func equalValues(a, b Value) (equal, ok bool) {
	if p, isNumber := number(a); isNumber {
		q, isNumber := number(b)
		return p == q, isNumber
	}
	switch a := a.(type) {
	case Bool:
		b, ok := b.(Bool)
		return a == b, ok
	case String:
		b, ok := b.(String)
		return a == b, ok
	case Quantity:
		b, ok := b.(Quantity)
		return a == b, ok && a.Unit == b.Unit
	case *List:
		b, ok := b.(*List)
		if !ok || len(a.Items) != len(b.Items) {
			return false, ok
		}
		for i := range a.Items {
			equal, ok := equalValues(a.Items[i].Value, b.Items[i].Value)
			if !ok || !equal {
				return false, ok
			}
		}
		return true, true
	}
	return false, false
}

// reals computes an operator of two real numbers.
func (e *elaborator) reals(x *syntax.Binary, p, q float64) Value {
	switch x.Op {
	case "<":
		return Bool{p < q}
	case "<=":
		return Bool{p <= q}
	case ">":
		return Bool{p > q}
	case ">=":
		return Bool{p >= q}
	}
	if q == 0 && (x.Op == "/" || x.Op == "%") {
		e.fail("limit/number", x, "%s divides by zero", excerpt(x))
		return Unknown{}
	}
	var r float64
	switch x.Op {
	case "+":
		r = p + q
	case "-":
		r = p - q
	case "*":
		r = p * q
	case "/":
		r = p / q
	case "%":
		r = p - q*math.Floor(p/q)
	case "^":
		r = math.Pow(p, q)
	}
	if math.IsNaN(r) || math.IsInf(r, 0) {
		e.fail("limit/number", x, "%s %s %s is no finite number", formatNumber(p), x.Op, formatNumber(q))
		return Unknown{}
	}
	return Float{r}
}

func isTensor(v Value) bool   { _, ok := v.(*Tensor); return ok }
func isQuantity(v Value) bool { _, ok := v.(Quantity); return ok }
