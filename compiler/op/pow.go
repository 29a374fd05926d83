package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// Pow is x to the power of y; NaN where x is below 0 and y is not whole.
type Pow struct{ binary }

// Kind returns "pow".
func (Pow) Kind() string { return "pow" }

// Gradient: dx = d y x^(y-1), and 0 where y is 0; dy = d x^y log(x), and 0 where x is not above 0.
func (Pow) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	x, y := v.Args[0], v.Args[1]
	one, zero := Filled(b, v.Type, 1), Filled(b, v.Type, 0)
	dx := b.Add(Mul{}, b.Add(Mul{}, d, y), b.Add(Pow{}, x, b.Add(Sub{}, y, one)))
	dx = b.Add(Select{}, b.Add(Eq{}, y, zero), zero, dx) // 0 times infinity where x is 0 too
	dy := b.Add(Mul{}, b.Add(Mul{}, d, v), b.Add(Log{}, x))
	return []*ir.Value{dx, b.Add(Select{}, b.Add(Gt{}, x, zero), dy, zero)}
}

// Evaluate computes the formula for every element.
func (Pow) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map2(out, args, math.Pow)
}
