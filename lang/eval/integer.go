package eval

import (
	"math"
	"math/bits"

	"github.com/vnlang/vn/lang/source"
	"github.com/vnlang/vn/lang/syntax"
)

// integers computes an operator of two whole numbers. A quotient that is not whole is a float.
func (e *elaborator) integers(x *syntax.Binary, a, b Int) Value {
	switch x.Op {
	case "+":
		return e.add(x, a, b)
	case "-":
		return e.subtract(x, a, b)
	case "*":
		return e.multiply(x, a, b)
	case "/":
		if b.Value != 0 && a.Value%b.Value == 0 && !(a.Value == math.MinInt64 && b.Value == -1) {
			return a.sized(a.Value/b.Value, b, x.Span(), func(s, t Size, at source.Span) Size {
				return s.affine(1, 0, t.Value, at)
			})
		}
	case "%":
		if b.Value > 0 {
			return Int{Value: a.Value - b.Value*floor64(a.Value, b.Value)}
		}
	case "^":
		if b.Value >= 0 {
			return e.power(x, a, b)
		}
	}
	return e.reals(x, float64(a.Value), float64(b.Value))
}

func floor64(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func (e *elaborator) add(x syntax.Expr, a, b Int) Value {
	sum := a.Value + b.Value
	if (sum > a.Value) != (b.Value > 0) && b.Value != 0 {
		return e.overflow(x)
	}
	return a.sized(sum, b, x.Span(), Size.plus)
}

func (e *elaborator) subtract(x syntax.Expr, a, b Int) Value {
	diff := a.Value - b.Value
	if (diff < a.Value) != (b.Value > 0) && b.Value != 0 {
		return e.overflow(x)
	}
	return a.sized(diff, b, x.Span(), func(s, t Size, at source.Span) Size {
		return s.plus(t.affine(-1, 0, 1, at), at)
	})
}

func (e *elaborator) multiply(x syntax.Expr, a, b Int) Value {
	hi, lo := bits.Mul64(magnitude(a.Value), magnitude(b.Value))
	if hi != 0 || lo > math.MaxInt64 {
		return e.overflow(x)
	}
	return a.sized(a.Value*b.Value, b, x.Span(), Size.times)
}

func (e *elaborator) power(x syntax.Expr, a, b Int) Value {
	if a.Value == -1 || a.Value == 0 || a.Value == 1 {
		return Int{Value: int64(math.Pow(float64(a.Value), float64(b.Value)))}
	}
	result := Int{Value: 1}
	for i := int64(0); i < b.Value; i++ { // overflows before i is 64
		next, ok := e.multiply(x, result, Int{Value: a.Value}).(Int)
		if !ok {
			return Unknown{}
		}
		result = next
	}
	return result
}

func (e *elaborator) overflow(x syntax.Expr) Value {
	e.fail("limit/number", x, "%s does not fit an int of 64 bits", excerpt(x))
	return Unknown{}
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-(v + 1)) + 1
	}
	return uint64(v)
}

// sized is the result of an operator; where an operand came from a size of the model's input, so does the result.
func (a Int) sized(value int64, b Int, at source.Span, step func(s, t Size, at source.Span) Size) Value {
	out := Int{Value: value}
	if (a.from != nil || b.from != nil) && fitsSize(a.Value) && fitsSize(b.Value) && fitsSize(value) {
		out.from = step(a.size(), b.size(), at).from
	}
	return out
}

func fitsSize(v int64) bool { return v >= -maxSize && v <= maxSize }

// size returns the number as a size.
func (a Int) size() Size { return Size{int(a.Value), a.from} }
