package op

import (
	"math"

	"github.com/vnlang/vn/compiler/ir"
)

// Exp is e to the power of x.
type Exp struct{ unary }

// Kind returns "exp".
func (Exp) Kind() string { return "exp" }

// Gradient: dx = d exp(x), which is d times the value itself.
func (Exp) Gradient(b *ir.Builder, v, d *ir.Value) []*ir.Value {
	return []*ir.Value{b.Add(Mul{}, d, v)}
}

// Evaluate computes the formula for every element.
func (Exp) Evaluate(_ ir.Context, out *ir.Tensor, args []*ir.Tensor) {
	map1(out, args, math.Exp)
}
