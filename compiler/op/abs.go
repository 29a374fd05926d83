package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// Abs is the absolute value of x.
type Abs struct{ unary }

// Kind returns "abs".
func (Abs) Kind() string { return "abs" }

// Gradient: dx = d sign(x), and 0 where x is 0.
func (Abs) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	x, zero := v.Args[0], Filled(b, v.Type, 0)
	sign := b.Add(Sub{}, b.Add(Gt{}, x, zero), b.Add(Lt{}, x, zero))
	return []*ir.Value{b.Add(Mul{}, d, sign)}
}

// Evaluate computes the formula for every element.
func (Abs) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map1(out, args, math.Abs)
}
