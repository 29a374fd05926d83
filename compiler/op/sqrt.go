package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// Sqrt is the square root of x; NaN below 0.
type Sqrt struct{ unary }

// Kind returns "sqrt".
func (Sqrt) Kind() string { return "sqrt" }

// Gradient: dx = d / (2 sqrt(x)).
func (Sqrt) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	half := b.Add(Mul{}, d, Filled(b, v.Type, 0.5))
	return []*ir.Value{b.Add(Div{}, half, v)}
}

// Evaluate computes the formula for every element.
func (Sqrt) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map1(out, args, math.Sqrt)
}
